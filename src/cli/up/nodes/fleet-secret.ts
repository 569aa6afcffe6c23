/**
 * The one secret that the machines of a fleet share. It is used for nothing itself: every use has a key of its own,
 * derived from it (HKDF), and the store sees none of them.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { FlotillaError } from "../../../protocol/index.ts";
import {
  createKeyRing,
  keyRingRecord,
  readKeyRing,
  type KeyRing,
} from "../../../security/index.ts";
import type { Store } from "../../../store/index.ts";

export interface FleetSecret {
  /** 32 bytes for one purpose; the same ones on every machine. */
  keyFor(purpose: string): Buffer;
}

const MIN_CHARS = 32;
const KEYS = "fleet/keys";

/** From `FLOTILLA_FLEET_KEY`, or the file that `FLOTILLA_FLEET_KEY_FILE` names. */
export async function readFleetSecret(
  env: Readonly<Record<string, string | undefined>>,
): Promise<FleetSecret> {
  const file = env["FLOTILLA_FLEET_KEY_FILE"];
  const text = (env["FLOTILLA_FLEET_KEY"] ?? (file ? await readSecretFile(file) : "")).trim();
  if (text.length < MIN_CHARS) {
    const message =
      text === ""
        ? "Machines that share a store need a fleet key."
        : `The fleet key is shorter than ${MIN_CHARS} characters.`;
    throw new FlotillaError("config_invalid", message, {
      hint: "Make one with `openssl rand -base64 32` and give it to every machine as FLOTILLA_FLEET_KEY.",
    });
  }
  return fleetSecret(text);
}

export function fleetSecret(text: string): FleetSecret {
  return {
    keyFor: (purpose) => Buffer.from(hkdfSync("sha256", text, "flotilla", purpose, 32)),
  };
}

/** The fleet's keys, which every gateway needs: made by the first process, kept in the store, sealed. */
export async function sharedFleetKeys(
  { records }: Store,
  secret: FleetSecret,
  nowMs: number,
): Promise<KeyRing> {
  const found = await records.get(KEYS);
  if (found !== undefined) return unseal(secret, found.value);
  const sealed = seal(secret, createKeyRing(nowMs));
  await records.put(KEYS, sealed, { ifVersion: "absent" });
  // Whoever was first has made them.
  return unseal(secret, (await records.get(KEYS))?.value);
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function seal(secret: FleetSecret, ring: KeyRing): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret.keyFor(KEYS), nonce);
  const text = JSON.stringify(keyRingRecord(ring));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
    "base64url",
  );
}

function unseal(secret: FleetSecret, sealed: unknown): KeyRing {
  try {
    const bytes = Buffer.from(String(sealed), "base64url");
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, secret.keyFor(KEYS), nonce);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return readKeyRing(JSON.parse(text.toString()));
  } catch {
    // What was wrong in detail may quote a secret.
    throw new FlotillaError(
      "config_invalid",
      "This fleet key is not that of the fleet in the store.",
      {
        hint: "Give every machine the same FLOTILLA_FLEET_KEY, or this fleet another store or prefix.",
      },
    );
  }
}

async function readSecretFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new FlotillaError("config_invalid", `The fleet key cannot be read from ${path}.`, {
      hint: "Check FLOTILLA_FLEET_KEY_FILE and who may read the file.",
      cause,
    });
  });
}
