/** Which fleet a command talks to: the one named, the one that runs from this folder, or the one at the usual port. */
import { readFile } from "node:fs/promises";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FlotillaError, isRecord } from "../../protocol/index.ts";
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  defaultStateDir,
  findConfiguration,
  findStateDir,
} from "../config/index.ts";
import type { CliIo } from "../io.ts";

/** Written by a running fleet into its state folder, removed when it stops. */
export interface Endpoint {
  url: string;
  pid: number;
}

const FILE = "endpoint.json";

export async function recordEndpoint(stateDir: string, endpoint: Endpoint): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  const temporary = join(stateDir, `${FILE}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(endpoint)}\n`);
  await rename(temporary, join(stateDir, FILE));
}

/** Only one's own record is removed: a successor may have written another. */
export async function forgetEndpoint(stateDir: string, pid: number): Promise<void> {
  const recorded = await readEndpoint(stateDir);
  if (recorded?.pid === pid) await rm(join(stateDir, FILE), { force: true });
}

export async function readEndpoint(stateDir: string): Promise<Endpoint | undefined> {
  const text = await readFile(join(stateDir, FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const { url, pid } = value;
    return typeof url === "string" && typeof pid === "number" ? { url, pid } : undefined;
  } catch {
    return undefined;
  }
}

type Place = Pick<CliIo, "env" | "cwd" | "home" | "platform">;

/** Without a slash at the end. `given` is `--url`. */
export async function locateFleet(place: Place, given?: string): Promise<string> {
  const named = given ?? (place.env["FLOTILLA_URL"] || undefined);
  if (named !== undefined) return normalise(named);
  for (const stateDir of await stateDirs(place)) {
    const endpoint = await readEndpoint(stateDir);
    if (endpoint !== undefined && isAlive(endpoint.pid)) return normalise(endpoint.url);
  }
  return `http://${DEFAULT_HOST}:${DEFAULT_PORT}`;
}

/** People copy the MCP endpoint as often as the fleet's address: both are understood. */
function normalise(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new FlotillaError("bad_request", "The fleet's URL is not a URL.", {
      hint: `Give it as http://${DEFAULT_HOST}:${DEFAULT_PORT}.`,
    });
  }
  const path = parsed.pathname.replace(/\/+$/, "").replace(/\/(mcp|sse)$/, "");
  return `${parsed.origin}${path}`;
}

async function stateDirs(place: Place): Promise<string[]> {
  const { env, cwd } = place;
  if ((env["FLOTILLA_STATE"] ?? "") !== "") return [resolve(cwd, env["FLOTILLA_STATE"] ?? "")];
  const file = await findConfiguration(place).catch(() => undefined);
  const fallback = defaultStateDir(place);
  if (file === undefined) return [fallback];
  return [await findStateDir(file, place), fallback];
}

/** A fleet that was killed leaves its record behind. EPERM: it lives, under another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
