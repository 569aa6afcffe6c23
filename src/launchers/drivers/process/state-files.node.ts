/**
 * One small file per drone, so that the next Flotilla finds what this one could not end. Written before the drone may
 * run (its gate is still shut) and removed when nothing of it is left, so a torn file never stands for a process.
 */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface DroneFile {
  claimId: string;
  /** The run of Flotilla that started it; see `marksOf`. */
  runId: string;
  worker: string;
  revision: string;
  startedAtMs: number;
  /** The drone's first process and its group. */
  pid: number;
  /** See `ProcessTable.identity`; absent when the system would not tell. */
  identity?: string;
  /** Who started it. A drone whose owner lives is the owner's business. */
  ownerPid: number;
  ownerIdentity?: string;
}

export interface StateFiles {
  write(file: DroneFile): Promise<void>;
  /** Idempotent. */
  remove(claimId: string): Promise<void>;
  /** Every readable file; unreadable ones are removed. */
  readAll(): Promise<DroneFile[]>;
}

const ENDING = ".json";
/** Longer than any id Flotilla makes (40), shorter than any file system's limit. */
const SAFE_CLAIM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** Claim ids become file names. */
export function isSafeClaimId(claimId: string): boolean {
  return SAFE_CLAIM.test(claimId);
}

export function createStateFiles(stateDir: string): StateFiles {
  const folder = join(stateDir, "drones");
  const pathOf = (claimId: string): string => join(folder, claimId + ENDING);
  return {
    async write(file) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(pathOf(file.claimId), JSON.stringify(file), { mode: 0o600 });
    },
    async remove(claimId) {
      await rm(pathOf(claimId), { force: true });
    },
    async readAll() {
      const names = (await list(folder)).filter((name) => name.endsWith(ENDING));
      const files: DroneFile[] = [];
      for (const name of names) {
        const file = parse(await readFile(join(folder, name), "utf8"));
        if (file?.claimId === name.slice(0, -ENDING.length)) files.push(file);
        else await rm(join(folder, name), { force: true });
      }
      return files;
    },
  };
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function parse(text: string): DroneFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDroneFile(value) ? value : undefined;
}

function isDroneFile(value: unknown): value is DroneFile {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["claimId", "runId", "worker", "revision"];
  const numbers = ["startedAtMs", "pid", "ownerPid"];
  const at = (name: string): unknown => Reflect.get(value, name);
  return (
    texts.every((name) => typeof at(name) === "string") &&
    numbers.every((name) => Number.isSafeInteger(at(name))) &&
    ["identity", "ownerIdentity"].every((n) => ["string", "undefined"].includes(typeof at(n))) &&
    isSafeClaimId(String(at("claimId"))) &&
    // Signalling group 1 or 0 would reach everybody.
    Number(at("pid")) > 1 &&
    Number(at("ownerPid")) > 0
  );
}
