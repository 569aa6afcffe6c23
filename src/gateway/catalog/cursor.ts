/** Cursors over a merged list. Opaque to clients; they hold a place, no secret, and mean the same on any gateway. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { ListKind } from "./fetch.ts";

/** The last entry a client has seen. */
export interface Place {
  kind: ListKind;
  /** The endpoint it was made for: a worker's name, or empty for the aggregate. */
  scope: string;
  worker: string;
  /** The entry's own name or URI at that worker. */
  original: string;
  /** Where it stood in the whole list, for when the entry is gone. */
  index: number;
}

const MAX_CURSOR = 4_096;
const KINDS: readonly ListKind[] = ["tools", "prompts", "resources", "resourceTemplates"];

export function encodeCursor(place: Place): string {
  const text = JSON.stringify([
    1,
    KINDS.indexOf(place.kind),
    place.scope,
    place.worker,
    place.original,
    place.index,
  ]);
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(binary.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws `bad_request` for anything that is not one of our cursors for this list and endpoint. */
export function decodeCursor(cursor: unknown, kind: ListKind, scope: string): Place {
  const parts =
    typeof cursor === "string" && cursor.length <= MAX_CURSOR ? read(cursor) : undefined;
  const [version, kindIndex, scoped, worker, original, index] = parts ?? [];
  if (
    version !== 1 ||
    kindIndex !== KINDS.indexOf(kind) ||
    scoped !== scope ||
    typeof worker !== "string" ||
    typeof original !== "string" ||
    typeof index !== "number" ||
    !Number.isSafeInteger(index) ||
    index < 0
  ) {
    throw new FlotillaError("bad_request", "The cursor is not one of this list.", {
      hint: "List again from the start, without a cursor.",
    });
  }
  return { kind, scope, worker, original, index };
}

function read(cursor: string): unknown[] | undefined {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const parts: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return Array.isArray(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}
