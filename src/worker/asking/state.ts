/**
 * What is remembered between the rounds of one call. It travels through the client, so it is sealed: nobody else can read
 * or change it, and it opens for the very call it was made for.
 */
import { isRecord } from "../../protocol/index.ts";
import type { Clock } from "../../protocol/index.ts";
import { createKeyRing, createSealer, digestOf } from "../../security/index.ts";
import type { KeyRing } from "../../security/index.ts";

export interface RoundState {
  /** Answers of earlier rounds, by key. */
  answers: Record<string, unknown>;
  /** Values of `once`, by key. */
  kept: Record<string, unknown>;
}

export interface StateKeeper {
  seal(subject: unknown, state: RoundState): Promise<string>;
  /** Undefined for anything but a living state of this subject. */
  open(subject: unknown, sealed: string): Promise<RoundState | undefined>;
}

/** How long a person may take for one form. */
const LIFE_MS = 60 * 60_000;
/** Whoever may call the worker is its gateway's affair; to the worker all are one. */
const PRINCIPAL = "client";
/** Six bytes in base64url, as the seal has it. */
const KEY_ID_CHARS = 8;

/** `secret` makes states of one replica open on another; without it each has a key of its own. */
export async function createStateKeeper(
  clock: Clock,
  secret: string | undefined,
): Promise<StateKeeper> {
  const keys = secret === undefined ? createKeyRing(clock.now()) : await ringOf(secret);
  const sealer = createSealer({ keys, clock });
  const claims = async (subject: unknown) => ({
    principal: PRINCIPAL,
    binding: await digestOf(subject),
  });
  return {
    async seal(subject, state) {
      const expiresAtMs = clock.now() + LIFE_MS;
      return sealer.seal("request-state", { ...(await claims(subject)), expiresAtMs }, state);
    },
    async open(subject, sealed) {
      const opened = await sealer.open("request-state", sealed, await claims(subject));
      if (!opened.ok || !isRecord(opened.payload)) return undefined;
      const { answers, kept } = opened.payload;
      return isRecord(answers) && isRecord(kept) ? { answers, kept } : undefined;
    },
  };
}

/** The same ring on every replica that has the secret. The id names the secret and gives none of it away. */
async function ringOf(secret: string): Promise<KeyRing> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  const id = (await digestOf({ stateSecret: secret })).slice(0, KEY_ID_CHARS);
  return { active: { id, secret: new Uint8Array(bytes), createdAtMs: 0 }, older: [] };
}
