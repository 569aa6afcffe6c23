/** A unified diff as changed files: which lines are new, and the text before and after where it can be known. */
import { InputProblem } from "flotilla/worker/review";
import parseDiff from "parse-diff";

export interface AddedLine {
  /** In the new file, from 1. */
  line: number;
  text: string;
}
export interface ChangedFile {
  path: string;
  status: "added" | "deleted" | "modified" | "renamed";
  added: AddedLine[];
  removed: string[];
  /** The whole new text: as handed in, or put together from a diff that adds the file. */
  after?: string;
  before?: string;
}

const MAX_FILES = 3_000;

export function changesOf(diff: string, texts: ReadonlyMap<string, string>): ChangedFile[] {
  const parsed = parseDiff(diff).filter(({ from, to }) => from !== undefined || to !== undefined);
  if (parsed.length === 0)
    throw new InputProblem("This is no unified diff.", {
      hint: "Pass the output of git diff, such as git diff main...HEAD.",
    });
  if (parsed.length > MAX_FILES)
    throw new InputProblem(`The diff changes ${parsed.length} files; at most ${MAX_FILES}.`);
  return parsed.map((file) => changeOf(file, texts));
}

function changeOf(file: parseDiff.File, texts: ReadonlyMap<string, string>): ChangedFile {
  const isDeleted = file.deleted === true || file.to === "/dev/null";
  const path = (isDeleted ? file.from : file.to) ?? "";
  const changes = file.chunks.flatMap((chunk) => chunk.changes);
  const change: ChangedFile = {
    path,
    status: statusOf(file, isDeleted),
    added: changes.flatMap((one) =>
      one.type === "add" ? [{ line: one.ln, text: one.content.slice(1) }] : [],
    ),
    removed: changes.flatMap((one) => (one.type === "del" ? [one.content.slice(1)] : [])),
  };
  if (isDeleted) return change;
  const after = change.status === "added" ? joined(change.added) : texts.get(path);
  if (after === undefined) return change;
  if (change.status === "added") return { ...change, after, before: "" };
  const before = beforeOf(after, file.chunks);
  if (before === undefined)
    throw new InputProblem(`The text of ${path} is not the one that the diff leads to.`, {
      location: { file: path },
      hint: "Pass the files as they are after the change, or leave them out.",
    });
  return { ...change, after, before };
}

function statusOf(file: parseDiff.File, isDeleted: boolean): ChangedFile["status"] {
  if (isDeleted) return "deleted";
  if (file.new === true || file.from === "/dev/null") return "added";
  return file.from !== undefined && file.from !== file.to ? "renamed" : "modified";
}

function joined(added: readonly AddedLine[]): string {
  return added.length === 0 ? "" : `${added.map(({ text }) => text).join("\n")}\n`;
}

/** The change taken back; undefined when the text does not have the lines that the diff says. */
function beforeOf(after: string, chunks: readonly parseDiff.Chunk[]): string | undefined {
  const lines = after.split("\n");
  const before: string[] = [];
  let at = 0;
  for (const { newStart, newLines, changes } of chunks) {
    // A hunk that leaves nothing names the line before it.
    const start = newLines === 0 ? newStart : newStart - 1;
    if (start < at || start > lines.length) return undefined;
    before.push(...lines.slice(at, start));
    at = start;
    for (const { type, content } of changes) {
      if (content.startsWith("\\")) continue;
      const text = content.slice(1);
      if (type !== "add") before.push(text);
      if (type === "del") continue;
      if (lines[at]?.replace(/\r$/, "") !== text.replace(/\r$/, "")) return undefined;
      at += 1;
    }
  }
  return [...before, ...lines.slice(at)].join("\n");
}
