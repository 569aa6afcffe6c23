/** What SQLite's failures mean to the user. Nothing here touches the data: repairing is the user's decision. */
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";

const ELSEWHERE = "or choose another folder with --state.";

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [3, `Check who may write this file, ${ELSEWHERE}`],
  [5, "Close the other program that has this file open."],
  [8, `Make the file and its folder writable, ${ELSEWHERE}`],
  [10, `Check the disk, ${ELSEWHERE}`],
  [11, "Keep a copy of the folder, then restore it from a backup or move it away to start anew."],
  [13, "Free some space on the disk, then start again."],
  [14, `Check that the folder can be written, ${ELSEWHERE}`],
  [
    26,
    "This is not a state file: move it away to start anew, or choose another folder with --state.",
  ],
]);

/** Runs `work`; what SQLite fails with becomes `store_unreadable` with the next step for the user. */
export function readable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isFlotillaError(error)) throw error;
    throw unreadable(path, error);
  }
}

export function unreadable(path: string, cause: unknown): FlotillaError {
  return new FlotillaError("store_unreadable", `The state in ${path} cannot be used.`, {
    hint: HINTS.get(primaryCode(cause)) ?? `Check the disk and the file, ${ELSEWHERE}`,
    data: { path, reason: messageOf(cause) },
    cause,
  });
}

/** The low byte of SQLite's (extended) result code, -1 for any other error. */
export function primaryCode(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : -1;
}
