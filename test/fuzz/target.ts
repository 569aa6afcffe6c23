/** What can be fuzzed. A new target is one file in `targets/` and one line in `targets/index.ts`. */

export interface FuzzTarget {
  name: string;
  /** Parts of the source whose coverage decides which inputs are worth keeping. */
  watch: readonly string[];
  seeds: readonly string[];
  /** Words of the target's language. */
  dictionary: readonly string[];
  start(): Promise<RunningTarget>;
}

export interface RunningTarget {
  /**
   * Feeds one input and resolves when it has been answered. Rejects when something happened that must never happen;
   * a typed refusal is an answer.
   */
  run(input: Uint8Array): Promise<void>;
  /** Everything that may grow, by name: compared between early and late in a run. */
  sizes?(): Record<string, number>;
  close(): Promise<void>;
}

export class Broken extends Error {
  override readonly name = "Broken";
}

/** Throws unless `holds`: the invariant's name is the failure's message. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

const decoder = new TextDecoder();
export const textOf = (input: Uint8Array): string => decoder.decode(input);
