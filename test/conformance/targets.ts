/** Starts what the suite is pointed at: the fixture alone, or Flotilla with the fixture as its worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startFlotilla } from "../journeys/flotilla.ts";
import type { Flotilla } from "../journeys/flotilla.ts";
import type { Endpoint, WorkerKind } from "./cells.ts";

const FIXTURE = join(import.meta.dirname, "fixture/main.ts");
const WORKER = "everything";
/**
 * Legacy workers make no tasks, so the gateway makes them of calls that last this long. Between what the fixture's
 * plain tools take (a few milliseconds) and its slow ones (`SHORT_MS` and more).
 */
const TASK_AFTER = "100ms";

export interface Target extends AsyncDisposable {
  urlOf(endpoint: Endpoint): string;
  log(): string;
}

async function startFixture(era: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [FIXTURE, era, "http"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [url] = (await once(lines, "line")) as [string];
  return { url, child };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Both endpoints of a gateway, and the fixture itself where it speaks HTTP. */
export async function startTarget(kind: WorkerKind, gateway: boolean): Promise<Target> {
  const [era = "", transport] = kind.split("-");
  const fixture = transport === "http" ? await startFixture(era) : undefined;
  const run =
    fixture === undefined
      ? { command: process.execPath, args: [FIXTURE, era, "stdio"] }
      : { url: fixture.url };
  let flotilla: Flotilla | undefined;
  try {
    if (gateway) {
      const worker = { ...run, naming: "verbatim", calls: { taskAfter: TASK_AFTER } };
      const workers = { [WORKER]: worker };
      flotilla = await startFlotilla({ config: { toolpacks: "none", workers } });
    }
  } catch (error) {
    if (fixture !== undefined) await end(fixture.child);
    throw error;
  }
  return {
    urlOf(endpoint) {
      if (endpoint === "direct") return fixture?.url ?? "";
      return `${flotilla?.url}/mcp${endpoint === "aggregate" ? "" : `/${WORKER}`}`;
    },
    log: () => flotilla?.log() ?? "",
    async [Symbol.asyncDispose]() {
      try {
        await flotilla?.[Symbol.asyncDispose]();
      } finally {
        if (fixture !== undefined) await end(fixture.child);
      }
    },
  };
}
