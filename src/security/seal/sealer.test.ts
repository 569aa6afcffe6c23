import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "./digest.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { createKeyRing, keyRingRecord, readKeyRing, rotateKeyRing } from "./key-ring.ts";
import { createSealer } from "./sealer.ts";

const NOW = 1_000_000;
const clock = { now: () => NOW };
const CLAIMS = { principal: "ann", expiresAtMs: NOW + 1_000, binding: "digest" };
const ANN = { principal: "ann", binding: "digest" };

test("what is sealed opens to the same value, with its claims", async () => {
  const sealer = createSealer({ keys: createKeyRing(NOW), clock });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string(), fc.string(), async (value, who, binding) => {
      const payload: unknown = JSON.parse(JSON.stringify(value));
      const claims = { principal: who, expiresAtMs: NOW + 1, binding };
      const sealed = await sealer.seal("cursor", claims, payload);
      expect(sealed).toMatch(/^[\w-]+$/);
      const opened = await sealer.open("cursor", sealed, { principal: who, binding });
      expect(opened).toEqual({ ok: true, payload, claims });
    }),
  );
});

test("no bit can be changed, no byte cut off or added", async () => {
  const sealer = createSealer({ keys: createKeyRing(NOW), clock });
  const sealed = await sealer.seal("request-state", CLAIMS, { park: "p-1" });
  const bytes = fromBase64Url(sealed);
  if (bytes === undefined) throw new Error("not base64url");
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await sealer.open("request-state", toBase64Url(changed), ANN)).toMatchObject({
        ok: false,
      });
    }),
    { numRuns: 400 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.string({ maxLength: 3 }), async (at, put) => {
      const changed = sealed.slice(0, at) + put + sealed.slice(at + 1);
      fc.pre(changed !== sealed);
      expect((await sealer.open("request-state", changed, ANN)).ok).toBe(false);
    }),
  );
});

test("every refusal says why", async () => {
  const keys = createKeyRing(NOW);
  const sealer = createSealer({ keys, clock });
  const sealed = await sealer.seal("request-state", CLAIMS, 1);
  const reason = async (opening: ReturnType<typeof sealer.open>): Promise<string> => {
    const opened = await opening;
    return opened.ok ? "opened" : opened.reason;
  };
  const open = (text: string, who = ANN): ReturnType<typeof sealer.open> =>
    sealer.open("request-state", text, who);
  expect(await reason(open(sealed))).toBe("opened");
  expect(await reason(open(sealed, { ...ANN, principal: "bob" }))).toBe("wrong_principal");
  expect(await reason(open(sealed, { ...ANN, binding: "other" }))).toBe("wrong_binding");
  expect(await reason(sealer.open("request-state", sealed, { principal: "ann" }))).toBe(
    "wrong_binding",
  );
  expect(await reason(sealer.open("session", sealed, ANN))).toBe("tampered");
  expect(await reason(open(`${sealed}-TAMPERED`))).toMatch(/tampered|malformed/);
  expect(await reason(open("nothing of ours"))).toBe("malformed");
  expect(await reason(open("A".repeat(70_000)))).toBe("malformed");
  const stranger = createSealer({ keys: createKeyRing(NOW), clock });
  expect(await reason(stranger.open("request-state", sealed, ANN))).toBe("unknown_key");
  const later = createSealer({ keys, clock: { now: () => CLAIMS.expiresAtMs } });
  expect(await reason(later.open("request-state", sealed, ANN))).toBe("expired");
});

test("a rotated ring opens what older keys sealed, up to a bound, and survives its record", async () => {
  let ring = createKeyRing(NOW);
  const sealed = await createSealer({ keys: ring, clock }).seal("task", CLAIMS, "old");
  for (let turn = 0; turn < 4; turn++) {
    ring = rotateKeyRing(ring, NOW + turn);
    const record: unknown = JSON.parse(JSON.stringify(keyRingRecord(ring)));
    const sealer = createSealer({ keys: readKeyRing(record), clock });
    expect(await sealer.open("task", sealed, ANN)).toMatchObject({ ok: true, payload: "old" });
  }
  const sealer = createSealer({ keys: rotateKeyRing(ring, NOW), clock });
  expect(await sealer.open("task", sealed, ANN)).toEqual({ ok: false, reason: "unknown_key" });
});

test("a record that is none is refused without repeating it", () => {
  const good = keyRingRecord(createKeyRing(NOW));
  const [key] = good.keys;
  const secret = key?.secret ?? "";
  for (const bad of [
    null,
    {},
    { version: 2, keys: good.keys },
    { version: 1, keys: [] },
    { version: 1, keys: [key, key] },
    { version: 1, keys: [{ ...key, secret: secret.slice(4) }] },
    { version: 1, keys: [{ ...key, id: "x" }] },
  ]) {
    expect(() => readKeyRing(bad)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  }
  try {
    readKeyRing({ version: 1, keys: [{ ...key, id: "x" }] });
  } catch (error) {
    expect(String(error)).not.toContain(secret);
  }
});

test("the same value never seals to the same text", async () => {
  const sealer = createSealer({ keys: createKeyRing(NOW), clock });
  const all = await Promise.all(
    Array.from({ length: 50 }, () => sealer.seal("session", CLAIMS, 1)),
  );
  expect(new Set(all).size).toBe(50);
});

test("base64url has one spelling per value", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = toBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64Url(text)).toEqual(new Uint8Array(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes !== undefined) expect(toBase64Url(bytes)).toBe(text);
    }),
  );
});

test("a digest follows the value, not its spelling", async () => {
  expect(await digestOf({ b: [1, { d: 2, c: 3 }], a: "x" })).toBe(
    await digestOf({ a: "x", b: [1, { c: 3, d: 2 }] }),
  );
  expect(await digestOf({ a: { object: [] } })).not.toBe(await digestOf({ a: { object: [[]] } }));
  expect(await digestOf({ a: {} })).not.toBe(await digestOf({ a: [] }));
  expect(await digestOf([1, 2])).not.toBe(await digestOf([2, 1]));
});
