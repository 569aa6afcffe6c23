/**
 * `node test/bench/isolates.ts BUNDLE [COUNT]`: from the order of an isolate drone to its first answer, and what each
 * costs in memory, as the launcher `isolate` starts them. The bundle: `npm run build:edge -- docker dockerfile_lint`.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIsolateLauncher } from "../../src/launchers/drivers/isolate.node.ts";
import { DEFAULT_LIMITS, systemClock } from "../../src/protocol/index.ts";
import { silentTelemetry } from "../../src/telemetry/index.ts";

const [entry = "", count = "100"] = process.argv.slice(2);
const stateDir = await mkdtemp(join(tmpdir(), "flotilla-isolates-"));
const launcher = createIsolateLauncher({
  node: "bench",
  stateDir,
  clock: systemClock,
  telemetry: silentTelemetry,
  output: () => {},
});

async function firstAnswerMs(claimId: string): Promise<number> {
  const startedAt = performance.now();
  const run = { kind: "module", entry, env: {}, launcher: "process" } as const;
  const order = { claimId, worker: "bench", revision: "1", run, limits: DEFAULT_LIMITS };
  const { address } = await launcher.create(order, new AbortController().signal);
  if (address.kind !== "http") throw new Error("an isolate has no address");
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
  const response = await fetch(address.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/list",
    },
    body,
  });
  const text = await response.text();
  if (!text.includes('"tools"')) throw new Error(`no answer: ${text.slice(0, 200)}`);
  return performance.now() - startedAt;
}

/** Of this bench's own workerd alone: the child of this process. */
async function pssMb(): Promise<number> {
  const pids = execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" });
  const text = await readFile(`/proc/${pids.trim().split("\n")[0]}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

try {
  const coldMs = await firstAnswerMs("first");
  const beforeMb = await pssMb();
  const all: number[] = [];
  for (let index = 0; index < Number(count); index += 1) all.push(await firstAnswerMs(`c${index}`));
  const sorted = all.toSorted((a, b) => a - b);
  const eachMb = ((await pssMb()) - beforeMb) / all.length;
  process.stdout.write(
    `first, with workerd's own start: ${coldMs.toFixed(0)} ms, ${beforeMb.toFixed(0)} MB\n` +
      `next ${all.length}: p50 ${sorted[Math.floor(all.length / 2)]?.toFixed(1)} ms, best ${sorted[0]?.toFixed(1)} ms, ${eachMb.toFixed(2)} MB each\n`,
  );
} finally {
  await launcher.close();
  await rm(stateDir, { recursive: true, force: true });
}
