/**
 * Which source characters have run, from V8's own block coverage: an input that reaches a new place is worth keeping
 * and changing further. Needs no instrumentation, so what is fuzzed is what runs.
 */
import { type Profiler, Session } from "node:inspector";

export interface Coverage {
  /** How many characters ran for the first time since the last look. */
  look(): number;
  /** How many characters have run so far. */
  total(): number;
  stop(): void;
}

/** Watches the scripts whose URL contains one of `paths`. */
export function watchCoverage(paths: readonly string[]): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const painted = new Map<string, Set<number>>();
  let total = 0;

  const paint = (script: Profiler.ScriptCoverage): number => {
    const known = painted.get(script.scriptId) ?? new Set<number>();
    painted.set(script.scriptId, known);
    let fresh = 0;
    for (const { ranges } of script.functions) {
      for (const offset of coveredStarts(ranges)) {
        if (known.has(offset)) continue;
        known.add(offset);
        fresh += 1;
      }
    }
    return fresh;
  };
  return {
    look() {
      let fresh = 0;
      // In-process sessions answer within the call.
      session.post("Profiler.takePreciseCoverage", (error, taken) => {
        if (error !== null) throw error;
        for (const script of taken.result) {
          if (paths.some((path) => script.url.includes(path))) fresh += paint(script);
        }
      });
      total += fresh;
      return fresh;
    },
    total: () => total,
    stop: () => session.disconnect(),
  };
}

/** Eight characters are finer than any statement that matters, and an eighth of the memory. */
const GRAIN = 8;

/** Ranges nest, outer first: an inner one overrules what holds it. */
function coveredStarts(ranges: Profiler.CoverageRange[]): Iterable<number> {
  const covered = new Set<number>();
  for (const { startOffset, endOffset, count } of ranges) {
    for (let at = Math.ceil(startOffset / GRAIN); at * GRAIN < endOffset; at += 1) {
      if (count > 0) covered.add(at);
      else covered.delete(at);
    }
  }
  return covered;
}
