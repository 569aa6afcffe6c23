/** Notes as Markdown objects: the title is the first line, the id is the object's name. */
import { isFlotillaError } from "flotilla/protocol";
import { failure } from "flotilla/worker";
import type { CallToolResult } from "flotilla/worker";
import { answered, InputProblem } from "flotilla/worker/review";
import type { ObjectStore } from "@flotilla/storage/objects";

export interface Note {
  id: string;
  title: string;
  text: string;
}

/** All that a search reads, and all that a list looks through. */
export const MAX_NOTES = 500;
const MAX_NOTE_BYTES = 256 * 1024;
/** Reads at a time. */
const BATCH = 16;

/** Sorts by time, says what it is about, and never meets another (`random`: some letters). */
export function idOf(title: string, nowMs: number, random: string): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "");
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const words = plain.replaceAll(/^-|-$/g, "").slice(0, 40);
  return [time, words, random].filter((part) => part !== "").join("-");
}

export function keyOf(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(id)) return `${id}.md`;
  throw new InputProblem("This is no note's id.", {
    evidence: id.slice(0, 100),
    hint: "Look with notes_list.",
  });
}

export async function readNote(
  store: ObjectStore,
  id: string,
  signal: AbortSignal,
): Promise<Note | undefined> {
  const found = await store.get(keyOf(id), { maxBytes: MAX_NOTE_BYTES, signal });
  if (found === undefined) return undefined;
  const whole = new TextDecoder().decode(found.bytes);
  const [first = "", ...rest] = whole.split("\n");
  return { id, title: first.replace(/^#\s*/, ""), text: rest.join("\n").trim() };
}

/** The newest first. */
export async function noteIds(store: ObjectStore, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { prefix: "", limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
    const { objects, next } = await store.list(query, signal);
    ids.push(
      ...objects.flatMap(({ key }) => /^([A-Za-z0-9][A-Za-z0-9-]{0,99})\.md$/.exec(key)?.[1] ?? []),
    );
    cursor = next;
  } while (cursor !== undefined && ids.length < 100_000);
  return ids.toSorted().toReversed();
}

export async function readNotes(
  store: ObjectStore,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Note[]> {
  const notes: Note[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH).map((id) => readNote(store, id, signal));
    notes.push(...(await Promise.all(batch)).filter((note) => note !== undefined));
  }
  return notes;
}

/** What the store could not do is told to the model; all else is left to the kit. */
export async function told(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await answered(work(), (result) => result);
  } catch (error) {
    if (!isFlotillaError(error)) throw error;
    return failure(
      error.hint === undefined ? error.message : `${error.message}\nhint: ${error.hint}`,
    );
  }
}
