/** What clients hand back: sealed values, cursors, header names, key rings. Only what we made opens. */
import { decodeCursor, encodeCursor } from "../../../src/gateway/catalog/cursor.ts";
import { isFlotillaError } from "../../../src/protocol/errors.ts";
import { decodeHeaderValue, encodeHeaderValue } from "../../../src/protocol/headers.ts";
import { createSealer, readKeyRing } from "../../../src/security/index.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";

/** Fixed, so that seeds are the same in every run. It protects nothing. */
const RING = {
  version: 1,
  keys: [{ id: "AAAAAAAA", secret: "A".repeat(43), createdAtMs: 1 }],
} as const;
const CLAIMS = { principal: "ann", expiresAtMs: 2_000_000, binding: "digest" };
const sealer = createSealer({
  keys: readKeyRing(RING),
  clock: { now: () => 1_000_000 },
  random: (count) => new Uint8Array(count).fill(7),
});
const SEALED = await sealer.seal("request-state", CLAIMS, ["p", "owner", "park", 1]);
const CURSOR = encodeCursor({ kind: "tools", scope: "", fingerprint: "abc", index: 7 });

export const seal: FuzzTarget = {
  name: "seal",
  watch: ["/src/security/", "/src/gateway/catalog/cursor", "/src/protocol/headers"],
  seeds: [SEALED, CURSOR, JSON.stringify(RING), "=?base64?Z3LDtsOfZQ==?=", "größe"],
  dictionary: [SEALED.slice(0, 12), "AAAAAAAA", "=?base64?", "?=", "=", "_", "-", "+", "/"],
  start: () =>
    Promise.resolve({
      async run(input) {
        const text = textOf(input);
        const opened = await sealer.open("request-state", text, CLAIMS);
        invariant(!opened.ok || text === SEALED, "opened what was not sealed here");
        const other = await sealer.open("cursor", text, CLAIMS);
        invariant(!other.ok, "opened for another purpose");
        checkCursor(text);
        checkHeader(text);
        checkRing(text);
      },
      close: () => Promise.resolve(),
    }),
};

function checkCursor(text: string): void {
  try {
    const place = decodeCursor(text, "tools", "");
    invariant(Number.isSafeInteger(place.index) && place.index >= 0, "a place that is none");
  } catch (error) {
    invariant(isFlotillaError(error), `not typed: ${String(error)}`);
  }
}

function checkHeader(text: string): void {
  decodeHeaderValue(text);
  if (!text.isWellFormed()) return;
  const encoded = encodeHeaderValue(text);
  invariant(/^[\x20-\x7e]*$/.test(encoded), "an encoded name is no header value");
  invariant(decodeHeaderValue(encoded) === text, "a name came back changed");
}

function checkRing(text: string): void {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return;
  }
  try {
    readKeyRing(record);
  } catch (error) {
    invariant(isFlotillaError(error), `not typed: ${String(error)}`);
    invariant(!error.message.includes("A".repeat(20)), "a key in a message");
  }
}
