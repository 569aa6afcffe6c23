/** What a fleet remembers, and where: a folder of this machine, or a Redis that several machines share. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../protocol/index.ts";
import type { KeyRing } from "../../security/index.ts";
import { connectRedisStore } from "../../store/drivers/redis.node.ts";
import { acquireLock } from "../../store/drivers/sqlite/lock.node.ts";
import { createSqliteStore } from "../../store/drivers/sqlite.node.ts";
import type { Store } from "../../store/index.ts";
import { loadFleetKeys } from "./fleet-keys.ts";
import { readFleetSecret, sharedFleetKeys, type FleetSecret } from "./nodes/fleet-secret.ts";

export interface FleetMemory {
  store: Store;
  keys: KeyRing;
  /** Of a store that several machines share. */
  secret?: FleetSecret;
  close(): Promise<void>;
}

export interface MemoryOptions {
  stateDir: string;
  /** Address of the Redis; may hold a password. */
  store?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

export async function openMemory(options: MemoryOptions): Promise<FleetMemory> {
  const { stateDir, store: url, env } = options;
  if (url !== undefined) return openShared(url, stateDir, await readFleetSecret(env));
  const store = createSqliteStore({ folder: stateDir, clock: systemClock });
  try {
    const keys = await loadFleetKeys(stateDir, systemClock.now());
    return { store, keys, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The state folder goes on holding what is of this machine alone, so it is still one process's at a time. */
async function openShared(
  url: string,
  stateDir: string,
  secret: FleetSecret,
): Promise<FleetMemory> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const lock = acquireLock(join(stateDir, "state.lock"));
  let store: Store | undefined;
  const close = async (): Promise<void> => {
    await store?.close();
    lock.release();
  };
  try {
    store = await connectRedisStore({ url, clock: systemClock });
    const keys = await sharedFleetKeys(store, secret, systemClock.now());
    return { store, keys, secret, close };
  } catch (error) {
    await close();
    throw error;
  }
}
