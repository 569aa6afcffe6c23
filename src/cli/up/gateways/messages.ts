/** What the process that holds the fleet and its gateway processes tell each other over Node's own channel. */
import { isRecord } from "../../../protocol/index.ts";
import type { KeyRingRecord } from "../../../security/index.ts";

export interface GatewayStart {
  kind: "start";
  /** Made here, for this one start: nothing a process could work out by itself, so that no two ever share it. */
  gatewayId: string;
  /** The private socket on which store, owner and API are served. */
  socketPath: string;
  node: string;
  version: string;
  debug: boolean;
  keys: KeyRingRecord;
  /** Of a fleet of several machines: where this one's door is, and what opens the others'. */
  member?: { address: string; identity: string; key: string };
}

export type ToGateway =
  | GatewayStart
  /** Comes with the socket. */
  | { kind: "connection" }
  | { kind: "metrics"; id: number }
  | { kind: "stop"; graceMs: number };

export type FromGateway =
  | { kind: "ready" }
  /** The connection handed over last is in this process: whoever handed it over may let go of it. */
  | { kind: "taken" }
  | { kind: "metrics"; id: number; text: string }
  | {
      kind: "log";
      level: "debug" | "info" | "warn" | "error";
      message: string;
      fields: Record<string, unknown>;
    }
  | { kind: "failed"; message: string };

/** Header names with their values, as they crossed a socket; what is none of them is left out. */
export function pairsOf(value: unknown[]): [string, string][] {
  return value
    .filter((pair): pair is unknown[] => Array.isArray(pair) && pair.length === 2)
    .map(([name, text]) => [String(name), String(text)]);
}

/** Both ends are one version of this program: the kind is all there is to check. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says which of its messages it reads
export function isMessage<T extends { kind: string }>(value: unknown): value is T {
  return isRecord(value) && typeof value["kind"] === "string";
}
