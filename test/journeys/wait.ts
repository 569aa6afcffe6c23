/** Waiting for a condition instead of for a time. */
import { setTimeout as pause } from "node:timers/promises";

/** Between two looks: short against any deadline, long enough to leave the processor to what is waited for. */
const LOOK_MS = 25;

export async function waitFor(
  holds: () => boolean | Promise<boolean>,
  { what, deadlineMs }: { what: string; deadlineMs: number },
): Promise<true> {
  const until = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await pause(LOOK_MS);
  }
  return true;
}
