/** Where a gateway's time goes: a CPU profile under the main load, summed by part of the program. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./load.ts";
import { shown, table } from "./report.ts";
import { MAIN_SCENE } from "./scenes.ts";
import { type Bench, type Drones, flotilla, startBackend } from "./systems.ts";

interface CpuProfile {
  nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string };
  }[];
  samples: readonly number[];
  timeDeltas: readonly number[];
}

export interface Share {
  part: string;
  /** Of the time that was not waiting. */
  share: number;
}

const SECONDS = 6;
const LEAST_SHARE = 0.01;

export async function profileOf(folder: string, drones: Drones): Promise<Share[]> {
  const backend = await startBackend();
  const bench: Bench = { folder, backendPort: backend.port, tool: "echo", workers: 1 };
  const profileTo = mkdtempSync(join(folder, "profile-"));
  try {
    const { target, end } = await flotilla(bench, { drones, profileTo });
    await run(target, { ...MAIN_SCENE, seconds: SECONDS }, folder);
    await end();
  } finally {
    await backend.program.end();
  }
  const [file] = readdirSync(profileTo).filter((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error("the gateway left no CPU profile");
  return sharesOf(JSON.parse(readFileSync(join(profileTo, file), "utf8")) as CpuProfile);
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const sums = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const part = parts.get(id) ?? "";
    if (part !== "") sums.set(part, (sums.get(part) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const total = [...sums.values()].reduce((all, one) => all + one, 0);
  const shares = [...sums].map(([part, us]) => ({ part, share: us / total }));
  return shares
    .filter(({ share }) => share >= LEAST_SHARE)
    .toSorted((one, other) => other.share - one.share);
}

/** The room and folder of our own code, the module of Node's; empty for waiting. */
function partOf({ functionName, url }: { functionName: string; url: string }): string {
  if (functionName === "(idle)" || functionName === "(root)") return "";
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "V8 and libuv, not in JavaScript";
  const own = /\/src\/([^/]+(?:\/[^/.]+(?=\/))?)/.exec(url)?.[1];
  if (own !== undefined) return `src/${own}`;
  if (/^write|^req\.?write/i.test(functionName) && url === "") return "writing to sockets (kernel)";
  if (url.includes("/undici/")) return "undici";
  if (url.startsWith("node:")) return "Node's own modules (streams, net, events)";
  return "native functions (strings, buffers, JSON)";
}

export function profileTable(byDrones: readonly (readonly [string, readonly Share[]])[]): string {
  const parts = [...new Set(byDrones.flatMap(([, shares]) => shares.map(({ part }) => part)))];
  const rows = parts.map((part) => [
    part,
    ...byDrones.map(([, shares]) => {
      const share = shares.find((one) => one.part === part)?.share;
      return share === undefined ? "< 1 %" : `${shown(share * 100, 1)} %`;
    }),
  ]);
  return `Samples of V8's CPU profiler at 64 connections, 1 KB, modern era; self time, without waiting.

${table(["part", ...byDrones.map(([name]) => name)], rows)}
`;
}
