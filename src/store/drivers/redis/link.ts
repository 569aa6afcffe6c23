/** What the parts of the driver need of the connections. */
import type { Script } from "./scripts.ts";

/** What somebody changed: `p` put, `d` deleted, `e` appended. */
export interface Told {
  kind: "p" | "d" | "e";
  expiresAtMs: number;
  /** The record's key, or the topic. */
  name: string;
}

export interface RedisLink {
  key(...parts: readonly string[]): string;
  readonly channel: string;
  /** Rejects with `store_unreadable`. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** `undefined` after a break: anything may have been missed. */
  onTold(listener: (told: Told | undefined) => void): void;
  close(): Promise<void>;
}
