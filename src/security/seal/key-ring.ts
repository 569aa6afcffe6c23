/**
 * The keys of a fleet. One is active and seals; older ones still open what they sealed, so that a key can be replaced
 * while clients hold sealed values. The record form is what composition roots keep (mode 0600, or a secret store).
 */
import { FlotillaError } from "../../protocol/errors.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";

export interface FleetKey {
  /** Names the key inside every sealed value: 8 letters of base64url, random, no secret. */
  id: string;
  /** 32 random bytes. */
  secret: Uint8Array<ArrayBuffer>;
  createdAtMs: number;
}

export interface KeyRing {
  active: FleetKey;
  /** Newest first. They open, and never seal. */
  older: readonly FleetKey[];
}

/** JSON form. Holds secrets: never log it, never put it into a record that others may read. */
export interface KeyRingRecord {
  version: 1;
  /** The first is the active one. */
  keys: { id: string; secret: string; createdAtMs: number }[];
}

export type RandomBytes = (count: number) => Uint8Array<ArrayBuffer>;

export const KEY_ID_BYTES = 6;
const SECRET_BYTES = 32;
/** More than the longest-lived sealed value needs at any sensible pace of rotation. */
const MAX_OLDER = 4;

export const systemRandomBytes: RandomBytes = (count) =>
  crypto.getRandomValues(new Uint8Array(count));

export function createKeyRing(nowMs: number, random: RandomBytes = systemRandomBytes): KeyRing {
  return { active: newKey(nowMs, random), older: [] };
}

/** A new active key; the one before goes on opening. The oldest beyond the bound is forgotten. */
export function rotateKeyRing(
  ring: KeyRing,
  nowMs: number,
  random: RandomBytes = systemRandomBytes,
): KeyRing {
  return {
    active: newKey(nowMs, random),
    older: [ring.active, ...ring.older].slice(0, MAX_OLDER),
  };
}

export function keyRingRecord(ring: KeyRing): KeyRingRecord {
  const keys = [ring.active, ...ring.older].map(({ id, secret, createdAtMs }) => ({
    id,
    secret: toBase64Url(secret),
    createdAtMs,
  }));
  return { version: 1, keys };
}

/** Throws `config_invalid` when the record is not one; the message never repeats its content. */
export function readKeyRing(record: unknown): KeyRing {
  const keys = keysOf(record);
  const [active, ...older] = keys;
  if (active === undefined || new Set(keys.map(({ id }) => id)).size < keys.length) throw broken();
  return { active, older: older.slice(0, MAX_OLDER) };
}

function keysOf(record: unknown): FleetKey[] {
  if (!isObject(record) || record["version"] !== 1 || !Array.isArray(record["keys"]))
    throw broken();
  return record["keys"].map(readKey);
}

function readKey(value: unknown): FleetKey {
  if (!isObject(value)) throw broken();
  const { id, secret, createdAtMs } = value;
  const bytes = typeof secret === "string" ? fromBase64Url(secret) : undefined;
  const isWhole =
    typeof id === "string" &&
    fromBase64Url(id)?.length === KEY_ID_BYTES &&
    bytes?.length === SECRET_BYTES &&
    typeof createdAtMs === "number";
  if (!isWhole) throw broken();
  return { id, secret: bytes, createdAtMs };
}

function newKey(nowMs: number, random: RandomBytes): FleetKey {
  return {
    id: toBase64Url(random(KEY_ID_BYTES)),
    secret: random(SECRET_BYTES),
    createdAtMs: nowMs,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function broken(): FlotillaError {
  return new FlotillaError("config_invalid", "The fleet's key ring cannot be read.", {
    hint: "Restore it from a backup, or delete it: a new one is made, and clients start over.",
  });
}
