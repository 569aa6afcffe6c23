/** The five tools over one store. */
import { defineTool, failure, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import type { ObjectStore } from "@flotilla/storage/objects";
import { idOf, keyOf, MAX_NOTES, noteIds, readNote, readNotes, told } from "./notes.ts";

export interface NoteParts {
  store: () => Promise<ObjectStore>;
  now: () => number;
  random: () => string;
}

const READS = { readOnlyHint: true, openWorldHint: true };
const ID = {
  type: "string",
  minLength: 1,
  maxLength: 100,
  description: "The note's id, as listed.",
};
const LIMIT = {
  type: "integer",
  minimum: 1,
  maximum: 100,
  default: 20,
  description: "Notes at most.",
};
const FACTS = { id: ID, title: { type: "string", description: "Its first line." } };
const LIST = {
  type: "object",
  properties: {
    notes: {
      type: "array",
      description: "The newest first.",
      items: { type: "object", properties: FACTS, required: ["id", "title"] },
    },
    total: { type: "integer", description: "How many there are in all." },
  },
  required: ["notes", "total"],
};
const object = (properties: object, ...required: string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

export function notesAdd({ store, now, random }: NoteParts): Tool {
  return defineTool<{ title: string; text: string }>({
    name: "notes_add",
    title: "Add a note",
    description:
      "Keeps a new note, for this or a later conversation. Nothing is replaced; the answer is the note's id.",
    input: object(
      {
        title: {
          type: "string",
          minLength: 1,
          maxLength: 200,
          pattern: "^[^\\r\\n]+$",
          description: "What it is about, in one line.",
        },
        text: { type: "string", maxLength: 100_000, description: "The note, in Markdown." },
      },
      "title",
      "text",
    ),
    output: { type: "object", properties: { id: ID }, required: ["id"] },
    annotations: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: true,
    },
    examples: [{ title: "A decision", arguments: { title: "Port", text: "We use 7420." } }],
    run: ({ title, text }, { signal }) =>
      told(async () => {
        const id = idOf(title, now(), random());
        const bytes = new TextEncoder().encode(`# ${title}\n\n${text}\n`);
        await (
          await store()
        ).put(keyOf(id), { bytes, contentType: "text/markdown; charset=utf-8" }, signal);
        return structured({ id }, `Kept as ${id}.`);
      }),
  });
}

export function notesList({ store }: NoteParts): Tool {
  return defineTool<{ limit?: number }>({
    name: "notes_list",
    title: "List notes",
    description:
      "Lists the notes that were kept, the newest first, with their titles. Read one with notes_read.",
    input: object({ limit: LIMIT }),
    output: LIST,
    annotations: READS,
    examples: [{ title: "The last five", arguments: { limit: 5 } }],
    run: ({ limit = 20 }, { signal }) =>
      told(async () => {
        const place = await store();
        const ids = await noteIds(place, signal);
        const notes = await readNotes(place, ids.slice(0, limit), signal);
        return listed(notes, ids.length);
      }),
  });
}

export function notesRead({ store }: NoteParts): Tool {
  return defineTool<{ id: string }>({
    name: "notes_read",
    title: "Read a note",
    description:
      "Reads one note whole: its title and its text. The ids are those of notes_list and notes_search.",
    input: object({ id: ID }, "id"),
    output: {
      type: "object",
      properties: { ...FACTS, text: { type: "string", description: "The note." } },
      required: ["id", "title", "text"],
    },
    annotations: READS,
    examples: [{ title: "One note", arguments: { id: "2026-01-02T030405-port-abc" } }],
    run: ({ id }, { signal }) =>
      told(async () => {
        const note = await readNote(await store(), id, signal);
        if (note === undefined)
          return failure(`There is no note ${id}.\nhint: Look with notes_list.`);
        return structured(note, `# ${note.title}\n\n${note.text}`);
      }),
  });
}

export function notesSearch({ store }: NoteParts): Tool {
  return defineTool<{ query: string; limit?: number }>({
    name: "notes_search",
    title: "Search notes",
    description: `Finds notes that hold all words of the query, in title or text, the newest first. The newest ${MAX_NOTES} notes are looked through.`,
    input: object(
      {
        query: {
          type: "string",
          minLength: 1,
          maxLength: 200,
          description: "Words, in any order and case.",
        },
        limit: LIMIT,
      },
      "query",
    ),
    output: LIST,
    annotations: READS,
    examples: [{ title: "About a port", arguments: { query: "port" } }],
    run: ({ query, limit = 20 }, { signal }) =>
      told(async () => {
        const place = await store();
        const ids = (await noteIds(place, signal)).slice(0, MAX_NOTES);
        const words = query
          .toLowerCase()
          .split(/\s+/)
          .filter((word) => word !== "");
        const notes = await readNotes(place, ids, signal);
        const found = notes.filter(({ title, text }) => {
          const whole = `${title}\n${text}`.toLowerCase();
          return words.every((word) => whole.includes(word));
        });
        return listed(found.slice(0, limit), found.length);
      }),
  });
}

export function notesDelete({ store }: NoteParts): Tool {
  return defineTool<{ id: string }>({
    name: "notes_delete",
    title: "Delete a note",
    description:
      "Deletes one note for good. A note that is not there is gone already, and that is no error.",
    input: object({ id: ID }, "id"),
    output: {
      type: "object",
      properties: { id: ID, gone: { type: "boolean", description: "It is not there any more." } },
      required: ["id", "gone"],
    },
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: true,
    },
    examples: [{ title: "An old note", arguments: { id: "2025-01-02T030405-old-abc" } }],
    run: ({ id }, { signal }) =>
      told(async () => {
        await (await store()).delete(keyOf(id), signal);
        return structured({ id, gone: true }, `${id} is gone.`);
      }),
  });
}

function listed(notes: readonly { id: string; title: string }[], total: number) {
  const lines = notes.map(({ id, title }) => `${id}: ${title}`);
  const summary =
    lines.length === 0 ? "No note." : [...lines, `(${notes.length} of ${total})`].join("\n");
  return structured({ notes: notes.map(({ id, title }) => ({ id, title })), total }, summary);
}
