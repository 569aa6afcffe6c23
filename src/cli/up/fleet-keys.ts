/** The fleet's keys on one machine: made once, kept in the state folder for its user's eyes alone. */
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FlotillaError, messageOf } from "../../protocol/index.ts";
import { createKeyRing, keyRingRecord, readKeyRing, type KeyRing } from "../../security/index.ts";

const FILE = "fleet-keys.json";

/** What clients hold stays good over a restart, because the keys do. */
export async function loadFleetKeys(stateDir: string, nowMs: number): Promise<KeyRing> {
  const path = join(stateDir, FILE);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw unreadable(path, error);
  });
  if (text === undefined) return makeKeys(stateDir, path, nowMs);
  try {
    return readKeyRing(JSON.parse(text));
  } catch {
    // A parser's complaint repeats what it read, and that is secret.
    throw unreadable(path, new Error("it is not a key ring"));
  }
}

async function makeKeys(stateDir: string, path: string, nowMs: number): Promise<KeyRing> {
  const ring = createKeyRing(nowMs);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(keyRingRecord(ring))}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return ring;
}

function unreadable(path: string, cause: unknown): FlotillaError {
  return new FlotillaError("config_invalid", `The fleet's keys in ${path} cannot be read.`, {
    hint: "Restore the file, or delete it: new keys are made, and clients begin new sessions.",
    data: { reason: messageOf(cause).slice(0, 100) },
  });
}
