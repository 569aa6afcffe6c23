/** What a script learns from a command without reading its words. */
import { isFlotillaError } from "../protocol/index.ts";

export const EXIT = {
  ok: 0,
  /** What was asked for was tried and failed: a tool's error, a worker that does not start. */
  failed: 1,
  /** Nothing was done: the command line or the configuration is wrong. */
  usage: 2,
  unreachable: 3,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export const EXIT_HELP: readonly [number, string][] = [
  [EXIT.ok, "done"],
  [EXIT.failed, "tried and failed (a tool's error, a worker that does not start)"],
  [EXIT.usage, "nothing done: wrong usage, or a configuration that is not valid"],
  [EXIT.unreachable, "no fleet answers at the URL"],
  [EXIT.interrupted, "interrupted"],
];

export function exitCodeOf(error: unknown): number {
  if (!isFlotillaError(error)) return EXIT.failed;
  if (error.code === "fleet_unreachable") return EXIT.unreachable;
  if (error.code === "call_cancelled") return EXIT.interrupted;
  return error.code === "bad_request" || error.code === "config_invalid" ? EXIT.usage : EXIT.failed;
}
