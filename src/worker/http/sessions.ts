/**
 * Sessions of the older versions without a place to keep them. All that the kit needs of a session is what its client
 * said about itself, so the session id says it: any replica reads it, nothing is lost with one, and there is nothing in
 * it that a client could not have said anyway (modern clients say it with each request). What changes later, the log
 * level and the running calls, is known where it happened.
 */
import { HEADERLESS_VERSION, isRecord, isSupportedLegacy } from "../../protocol/index.ts";
import type { JsonRpcId, LogLevel, NewId } from "../../protocol/index.ts";

export interface HttpSession {
  id: string;
  version: string;
  capabilities: Record<string, unknown>;
  readonly logLevel: LogLevel;
}

export interface Sessions {
  open(version: string, capabilities: unknown): string;
  /** Undefined for an id that is none of ours. */
  read(id: string): HttpSession | undefined;
  setLevel(id: string, level: LogLevel): void;
  /** Makes a running call reachable for its cancellation; call the answer when it is over. */
  running(session: string, id: JsonRpcId, cancel: () => void): () => void;
  cancel(session: string, id: JsonRpcId): void;
}

const PREFIX = "w1.";
/** What a worker can ask for; the rest of what clients declare is of no use here. */
const KEPT = ["elicitation", "sampling", "roots"];
const MAX_ID_CHARS = 4096;
const MAX_LEVELS = 1024;

export function createSessions(newId: NewId): Sessions {
  const levels = new Map<string, LogLevel>();
  const calls = new Map<string, () => void>();
  const keyOf = (session: string, id: JsonRpcId): string => `${session} ${JSON.stringify(id)}`;
  return {
    open(version, capabilities) {
      const declared = isRecord(capabilities) ? capabilities : {};
      const kept = Object.fromEntries(KEPT.map((name) => [name, declared[name]]));
      return PREFIX + encode(JSON.stringify([version, kept, newId("session")]));
    },
    read(id) {
      const [version, capabilities] = decode(id);
      if (typeof version !== "string" || !isSupportedLegacy(version)) return undefined;
      if (!isRecord(capabilities)) return undefined;
      return { id, version, capabilities, logLevel: levels.get(id) ?? "info" };
    },
    setLevel(id, level) {
      levels.delete(id);
      levels.set(id, level);
      if (levels.size <= MAX_LEVELS) return;
      // The oldest goes: its client is told at "info" again.
      const [oldest] = levels.keys();
      if (oldest !== undefined) levels.delete(oldest);
    },
    running(session, id, cancel) {
      const key = keyOf(session, id);
      calls.set(key, cancel);
      return () => calls.delete(key);
    },
    cancel: (session, id) => calls.get(keyOf(session, id))?.(),
  };
}

/** For clients that never opened a session but name a version: they get the plain part of it. */
export function sessionless(version: string): HttpSession {
  return { id: "", version, capabilities: {}, logLevel: "info" };
}

export const hasBatches = (version: string): boolean => version === HEADERLESS_VERSION;

function encode(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(id: string): unknown[] {
  if (!id.startsWith(PREFIX) || id.length > MAX_ID_CHARS) return [];
  try {
    const binary = atob(id.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
