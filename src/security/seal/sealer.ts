/**
 * Seals what a client carries between calls: any replica with the key ring can open it, nobody else can read, change
 * or make one, and one principal's value is worth nothing to another. AES-256-GCM (NIST SP 800-38D) under a key per
 * purpose, derived once with HKDF (RFC 5869).
 *
 *     base64url( 1 | key id (6) | nonce (12) | ciphertext and tag )      the first 7 bytes are authenticated too
 */
import type { Clock } from "../../protocol/clock.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { KEY_ID_BYTES, type KeyRing, type RandomBytes, systemRandomBytes } from "./key-ring.ts";

/** What a value is for. A value sealed for one purpose does not open for another. */
export type SealPurpose = "cursor" | "request-state" | "session" | "task";

export interface SealClaims {
  /** Whose it is. */
  principal: string;
  /** Wall clock. Not accepted from then on. */
  expiresAtMs: number;
  /** Binds the value to one thing, for example the digest of a request; must be the same when opened. */
  binding?: string;
}

export type SealFailure =
  /** Not in our form, or changed; who changed it cannot be told from who made it up. */
  | "malformed"
  | "tampered"
  /** Sealed with a key this ring does not have (any more). */
  | "unknown_key"
  | "expired"
  | "wrong_principal"
  | "wrong_binding";

export type Opened =
  | { ok: true; payload: unknown; claims: SealClaims }
  | { ok: false; reason: SealFailure };

export interface Sealer {
  /** `payload` must survive JSON. */
  seal(purpose: SealPurpose, claims: SealClaims, payload: unknown): Promise<string>;
  /** Never rejects for what a client sent. */
  open(purpose: SealPurpose, sealed: string, expected: SealExpectation): Promise<Opened>;
}

export type SealExpectation = Pick<SealClaims, "principal" | "binding">;

export interface SealerOptions {
  keys: KeyRing;
  clock: Pick<Clock, "now">;
  random?: RandomBytes;
}

const FORMAT = 1;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Before anything is decoded: no sealed value of ours comes near it. */
const MAX_SEALED_CHARS = 65_536;

export function createSealer(options: SealerOptions): Sealer {
  const { keys, clock, random = systemRandomBytes } = options;
  const secrets = new Map([keys.active, ...keys.older].map(({ id, secret }) => [id, secret]));
  const derived = new Map<string, Promise<CryptoKey>>();

  /** At most keys × purposes entries: HKDF runs once for each, not per message. */
  function keyFor(id: string, purpose: SealPurpose): Promise<CryptoKey> | undefined {
    const name = `${id} ${purpose}`;
    const secret = secrets.get(id);
    if (secret === undefined) return undefined;
    const known = derived.get(name) ?? derive(secret, purpose);
    derived.set(name, known);
    return known;
  }

  return {
    async seal(purpose, claims, payload) {
      const head = new Uint8Array(HEAD_BYTES);
      head[0] = FORMAT;
      head.set(fromBase64Url(keys.active.id) ?? [], 1);
      const iv = random(NONCE_BYTES);
      const key = await (keyFor(keys.active.id, purpose) ?? derive(keys.active.secret, purpose));
      const { principal, expiresAtMs, binding } = claims;
      const content = [principal, expiresAtMs, binding ?? null, payload];
      const plain = new TextEncoder().encode(JSON.stringify(content));
      const box = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: head },
        key,
        plain,
      );
      return toBase64Url(joined(head, iv, new Uint8Array(box)));
    },

    async open(purpose, sealed, expected) {
      if (sealed.length > MAX_SEALED_CHARS) return failed("malformed");
      const bytes = fromBase64Url(sealed);
      if (bytes === undefined || bytes.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES)
        return failed("malformed");
      const head = bytes.slice(0, HEAD_BYTES);
      if (head[0] !== FORMAT) return failed("malformed");
      const key = keyFor(toBase64Url(head.slice(1)), purpose);
      if (key === undefined) return failed("unknown_key");
      const iv = bytes.slice(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const box = bytes.slice(HEAD_BYTES + NONCE_BYTES);
      const plain = await decrypt(await key, { iv, head, box });
      if (plain === undefined) return failed("tampered");
      return judge(plain, expected, clock.now());
    },
  };
}

async function derive(secret: Uint8Array<ArrayBuffer>, purpose: SealPurpose): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(0),
      info: new TextEncoder().encode(`flotilla seal ${FORMAT} ${purpose}`),
    },
    source,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

type Bytes = Uint8Array<ArrayBuffer>;

async function decrypt(
  key: CryptoKey,
  { iv, head, box }: { iv: Bytes; head: Bytes; box: Bytes },
): Promise<string | undefined> {
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData: head };
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, box));
  } catch {
    return undefined;
  }
}

/** Only what the key has authenticated comes here; the check is for a format that has changed since. */
function judge(plain: string, expected: SealExpectation, nowMs: number): Opened {
  const content: unknown = JSON.parse(plain);
  const [principal, expiresAtMs, binding, payload]: unknown[] = Array.isArray(content)
    ? content
    : [];
  if (typeof principal !== "string" || typeof expiresAtMs !== "number") return failed("malformed");
  if (principal !== expected.principal) return failed("wrong_principal");
  const bound = typeof binding === "string" ? binding : undefined;
  if (bound !== expected.binding) return failed("wrong_binding");
  if (nowMs >= expiresAtMs) return failed("expired");
  const claims = { principal, expiresAtMs, ...(bound === undefined ? {} : { binding: bound }) };
  return { ok: true, payload, claims };
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const failed = (reason: SealFailure): Opened => ({ ok: false, reason });
