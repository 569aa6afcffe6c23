/** One stretch of load by wrk: the same POST with a fresh JSON-RPC id each time, keep-alive, one thread. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  coreBusyUs,
  familyOf,
  LOAD_CORE,
  rssMb,
  selfAndEndedUs,
  SYSTEM_CORE,
  usedUs,
  workersOf,
} from "./machine.ts";

export type Era = "modern" | "legacy";
export type Size = "1 KB" | "100 KB";

export interface Target {
  port: number;
  /** The system's first process; its children count too, unless they were put on the load's core. */
  pid: number;
  path: string;
  /** Tool names to call in turn. */
  tools: readonly string[];
  /** Of the eras it speaks, the ones measured; the first stands in for one that is missing. */
  eras: readonly [Era, ...Era[]];
  session?: string;
  /** For a system that is not called by MCP: the body around the id. */
  plainBody?: (tool: string, text: string) => { before: string; after: string };
}

export interface Cell {
  perSecond: number;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  rssMb: number;
  errors: number;
  /** Share of both cores that went to somebody else meanwhile. */
  disturbed: number;
}

export const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`;

export interface Load {
  connections: number;
  seconds: number;
  era: Era;
  size: Size;
  /** Each connection waits about so long between an answer and its next call. */
  pauseMs?: number;
}

const SMALLEST_ANSWER: Record<Size, number> = { "1 KB": 1_024, "100 KB": 102_400 };

export async function run(target: Target, load: Load, folder: string): Promise<Cell> {
  const file = join(folder, `load-${target.port}.lua`);
  writeFileSync(file, script(target, load));
  const family = familyOf(target.pid);
  const workers = workersOf(process.pid);
  const look = () => ({
    atUs: performance.now() * 1000,
    used: usedUs(family),
    ours: usedUs(family) + usedUs(workers) + selfAndEndedUs(),
    busy: coreBusyUs(LOAD_CORE) + coreBusyUs(SYSTEM_CORE),
  });
  const before = look();
  const text = await wrk(target.port, load, file);
  const after = look();
  const used = after.used - before.used;
  const others = after.busy - before.busy - (after.ours - before.ours);
  const line = /CELL (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(text);
  if (line === null) throw new Error(`wrk did not report: ${text.slice(0, 200)}`);
  const [count = 0, us = 1, p50 = 0, p99 = 0, p999 = 0, errors = 0, bytes = 0] = line
    .slice(1)
    .map(Number);
  // A tool's error is a fast answer with status 200.
  const isWrong = count > 0 && bytes / count < SMALLEST_ANSWER[load.size];
  return {
    perSecond: isWrong ? 0 : (count / us) * 1e6,
    cpuUs: isWrong || count === 0 ? Number.NaN : used / count,
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    p999Ms: p999 / 1000,
    rssMb: rssMb(family),
    errors: isWrong ? count : errors,
    disturbed: Math.max(0, others / 2 / (after.atUs - before.atUs)),
  };
}

function wrk(port: number, load: Load, file: string): Promise<string> {
  const args = [
    "-t1",
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    "--timeout",
    "30s",
    "-s",
    file,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(
      "taskset",
      ["-c", String(LOAD_CORE), "wrk", ...args, `http://127.0.0.1:${port}/`],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/** The heads are made once: what a client costs is not what is measured. */
function script(target: Target, load: Load): string {
  const text = load.size === "1 KB" ? "x".repeat(760) : "x";
  const parts = target.tools.map((tool) => request(target, load, { tool, text }));
  const pause = load.pauseMs ?? 0;
  const delay =
    pause < 1 ? "" : `delay=function() return math.random(0, ${Math.round(2 * pause)}) end\n`;
  return `local heads={${parts.map(({ head }) => `"${head}"`).join(",")}}
local befores={${parts.map(({ before }) => `[==[${before}]==]`).join(",")}}
local tails={${parts.map(({ after }) => `[==[${after}]==]`).join(",")}}
local n=100000000
request=function() n=n+1; local i=n%${parts.length}+1; return heads[i]..befores[i]..n..tails[i] end
${delay}done=function(s,l,r) local e=s.errors; print(string.format("CELL %d %d %d %d %d %d %d",s.requests,s.duration,l:percentile(50),l:percentile(99),l:percentile(99.9),e.status+e.read+e.write+e.timeout+e.connect,s.bytes)) end
`;
}

interface Request {
  head: string;
  /** Of the body, what stands before and after a nine-digit id. */
  before: string;
  after: string;
}

function request(
  { port, path, eras, session, plainBody }: Target,
  load: Load,
  { tool, text }: { tool: string; text: string },
): Request {
  const era = eras.includes(load.era) ? load.era : eras[0];
  const meta = era === "modern" ? `,${META}` : "";
  const { before, after } = plainBody?.(tool, text) ?? {
    before: `{"jsonrpc":"2.0","id":`,
    after: `,"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"${text}"}${meta}}}`,
  };
  const own =
    era === "modern"
      ? `MCP-Protocol-Version: 2026-07-28\\r\\nMcp-Method: tools/call\\r\\nMcp-Name: ${tool}\\r\\n`
      : `MCP-Protocol-Version: 2025-11-25\\r\\n${session === undefined ? "" : `Mcp-Session-Id: ${session}\\r\\n`}`;
  const length = before.length + ID_DIGITS + after.length;
  const head = `POST ${path} HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Type: application/json\\r\\nAccept: application/json, text/event-stream\\r\\n${own}Content-Length: ${length}\\r\\n\\r\\n`;
  return { head, before, after };
}

const ID_DIGITS = 9;
