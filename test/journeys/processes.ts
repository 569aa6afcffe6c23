/** Finds the processes that a journey caused, by a mark in their arguments: parents die, marks stay. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";

export interface ProcessLine {
  pid: number;
  command: string;
}

export const newMark = (): string => `--mark=${randomUUID()}`;

/** Live processes with this text in their arguments. `ps` speaks the same on Linux and macOS. */
export function processesWith(mark: string): ProcessLine[] {
  const listing = execFileSync("ps", ["-axww", "-o", "pid=,stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listing.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null || !line.includes(mark)) return [];
    // A zombie has ended; only its parent has not looked yet.
    if (match[2]?.startsWith("Z") === true) return [];
    return [{ pid: Number(match[1]), command: match[3] ?? "" }];
  });
}
