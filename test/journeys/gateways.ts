/** Fleets with several gateway processes, and a worker that writes down what it executes. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import type { WorkerConfig } from "./harbour.ts";
import { newMark } from "./processes.ts";

const TALLY = join(import.meta.dirname, "fixtures/tally.mjs");

export interface TallyFleet extends AsyncDisposable {
  flotilla: Flotilla;
  /** Of the worker whose calls are counted. */
  url: string;
  /** Of another one like it, for questions: calls of a pipe on which questions are asked take turns. */
  askerUrl: string;
  /** Marks the worker's processes. */
  mark: string;
  /** How often each call was executed. */
  executed(): Map<string, number>;
  /** Starts and handshakes of the worker. */
  starts(): string[];
}

export async function startTally(gateways: number, args: string[] = []): Promise<TallyFleet> {
  const folder = makeFolder();
  const mark = newMark();
  const [ledger, starts] = [join(folder, "ledger"), join(folder, "starts")];
  const worker: WorkerConfig = {
    command: process.execPath,
    args: [TALLY, mark, `--ledger=${ledger}`, `--starts=${starts}`],
  };
  const asker: WorkerConfig = { command: process.execPath, args: [TALLY, mark] };
  const flotilla = await startFlotilla({
    config: { toolpacks: "none", workers: { tally: worker, asker } },
    args: ["--gateways", String(gateways), ...args],
  });
  return {
    flotilla,
    url: `${flotilla.url}/mcp/tally`,
    askerUrl: `${flotilla.url}/mcp/asker`,
    mark,
    executed() {
      const counts = new Map<string, number>();
      for (const id of linesOf(ledger)) counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts;
    },
    starts: () => linesOf(starts),
    async [Symbol.asyncDispose]() {
      await flotilla[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

export interface GatewayProcess {
  pid: number;
  rssKiB: number;
}

/** The gateway processes of a fleet, oldest first. */
export function gatewaysOf({ pid }: Flotilla): GatewayProcess[] {
  const listing = execFileSync("ps", ["-axww", "-o", "pid=,ppid=,rss=,stat=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listing
    .split("\n")
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
      const isGateway =
        Number(match?.[2]) === pid &&
        match?.[4]?.startsWith("Z") === false &&
        match[5]?.includes("gateways/child") === true;
      return isGateway ? [{ pid: Number(match?.[1]), rssKiB: Number(match?.[3]) }] : [];
    })
    .toSorted((a, b) => a.pid - b.pid);
}
