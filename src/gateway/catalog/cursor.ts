/**
 * Cursors over a merged list. Opaque to clients; they hold a place and no secret. A place means something in one
 * list only, so its fingerprint is part of it: equal lists have equal fingerprints on every gateway.
 */
import { FlotillaError } from "../../protocol/errors.ts";
import type { Item } from "./build-view.ts";
import { hashOf } from "./hash.ts";
import { LIST_KINDS, type ListKind } from "./fetch.ts";

export interface Place {
  kind: ListKind;
  /** The endpoint it was made for: a name, or empty for the aggregate. */
  scope: string;
  /** Of the list as it was. */
  fingerprint: string;
  /** Entries the client has seen. */
  index: number;
}

const MAX_CURSOR = 512;

export function encodeCursor({ kind, scope, fingerprint, index }: Place): string {
  const text = JSON.stringify([2, LIST_KINDS.indexOf(kind), scope, fingerprint, index]);
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(binary.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws `bad_request` for anything that is not one of our cursors for this list and endpoint. */
export function decodeCursor(cursor: unknown, kind: ListKind, scope: string): Place {
  const parts =
    typeof cursor === "string" && cursor.length <= MAX_CURSOR ? read(cursor) : undefined;
  const [version, kindIndex, scoped, fingerprint, index] = parts ?? [];
  if (
    version !== 2 ||
    kindIndex !== LIST_KINDS.indexOf(kind) ||
    scoped !== scope ||
    typeof fingerprint !== "string" ||
    typeof index !== "number" ||
    !Number.isSafeInteger(index) ||
    index < 0
  ) {
    throw new FlotillaError("bad_request", "The cursor is not one of this list.", {
      hint: "List again from the start, without a cursor.",
    });
  }
  return { kind, scope, fingerprint, index };
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

/**
 * Which entries, in which order. What is said about them (health, descriptions) may change between two pages without
 * doing harm. A cursor is no proof, it only has to notice change.
 */
export function fingerprintOf(items: readonly Item[]): string {
  return hashOf(items.map(({ worker, original }) => `${worker}\n${original}`));
}
