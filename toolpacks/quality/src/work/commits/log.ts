/** The output of `git log` as commits. */
import { InputProblem } from "flotilla/worker/review";

export interface ChangedPath {
  path: string;
  added: number;
  removed: number;
}
export interface Commit {
  hash?: string;
  message: string;
  files?: ChangedPath[];
}

const MAX_COMMITS = 5_000;
const MAX_MESSAGE = 20_000;
const HEADER = /^(?:Author|AuthorDate|Commit|CommitDate|Date|Merge|Reflog|Refs|gpg): ?/;

/** As git prints it by itself: `git log`, `git log --numstat`. The newest first, as there. */
export function commitsOf(log: string): Commit[] {
  const commits: Commit[] = [];
  let current: (Commit & { lines: string[] }) | undefined;
  const finish = (): void => {
    if (current === undefined) return;
    const { lines, ...commit } = current;
    commits.push({ ...commit, message: lines.join("\n").trim().slice(0, MAX_MESSAGE) });
  };
  for (const line of log.split(/\r?\n/)) {
    const hash = /^commit ([0-9a-f]{7,64})(?: \(.*\))?$/.exec(line)?.[1];
    if (hash !== undefined) {
      finish();
      if (commits.length >= MAX_COMMITS)
        throw new InputProblem(`The log has more than ${MAX_COMMITS} commits.`);
      current = { hash, message: "", lines: [] };
    } else if (current !== undefined) readLine(current, line);
  }
  finish();
  if (commits.length === 0)
    throw new InputProblem("There is no commit in the log.", {
      hint: "Pass the output of git log --numstat, without --oneline or --format.",
    });
  return commits;
}

function readLine(current: Commit & { lines: string[] }, line: string): void {
  if (line.startsWith("    ")) current.lines.push(line.slice(4));
  else if (line === "" && current.lines.length > 0) current.lines.push("");
  else if (!HEADER.test(line)) {
    const [added = "", removed = "", path] = line.split("\t", 3);
    if (path === undefined || !/^(?:\d+|-)$/.test(added)) return;
    const count = (text: string): number => (text === "-" ? 0 : Number(text));
    current.files = [
      ...(current.files ?? []),
      { path, added: count(added), removed: count(removed) },
    ];
  }
}
