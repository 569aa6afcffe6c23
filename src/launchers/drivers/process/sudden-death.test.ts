/** Flotilla is killed at any moment while it starts drones; there is no moment at which one escapes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { carriersOf, tryKill, until } from "./fixtures/processes.node.ts";

const HARNESS = fileURLToPath(new URL("fixtures/harness.node.ts", import.meta.url));
/** After the first drone exists; a start takes some 10 ms, so these fall into all of its steps. */
const KILL_AFTER_MS = [0, 3, 7, 12, 18, 25, 33, 42];
const MORE_THAN_IT_STARTS = 200;

async function killedAfter(delayMs: number): Promise<number> {
  const stateDir = await mkdtemp(join(tmpdir(), "flotilla-death-"));
  const mark = `OWNER_DIR=${stateDir}`;
  const child = spawn(
    process.execPath,
    [HARNESS, stateDir, "0", String(MORE_THAN_IT_STARTS), "0"],
    {
      stdio: "ignore",
    },
  );
  let seen = 0;
  try {
    seen = await until(async () => (await carriersOf(mark)).length);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    seen = Math.max(seen, (await carriersOf(mark)).length);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(async () => (await carriersOf(mark)).length === 0);
  } finally {
    child.kill("SIGKILL");
    for (const pid of await carriersOf(mark)) tryKill(pid);
    await rm(stateDir, { recursive: true, force: true });
  }
  return seen;
}

test.skipIf(process.platform !== "linux")(
  "no drone escapes a sudden death during its start",
  { timeout: 120_000 },
  async () => {
    const half = KILL_AFTER_MS.length / 2;
    const first = await Promise.all(KILL_AFTER_MS.slice(0, half).map(killedAfter));
    const second = await Promise.all(KILL_AFTER_MS.slice(half).map(killedAfter));
    expect(Math.min(...first, ...second)).toBeGreaterThan(0);
  },
);
