/** One stretch of load by wrk: the same POST with a fresh JSON-RPC id each time, keep-alive, one thread. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuUs, LOAD_CORE, rssMb } from "./machine.ts";

export type Era = "modern" | "legacy";
export type Size = "1 KB" | "100 KB";

export interface Target {
  port: number;
  pid: number;
  path: string;
  /** Tool names to call in turn. */
  tools: readonly string[];
  session?: string;
}

export interface Cell {
  perSecond: number;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  rssMb: number;
  errors: number;
}

export const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`;

export interface Load {
  connections: number;
  seconds: number;
  era: Era;
  size: Size;
}

export async function run(target: Target, load: Load, folder: string): Promise<Cell> {
  const file = join(folder, `load-${target.port}.lua`);
  writeFileSync(file, script(target, load));
  const before = cpuUs(target.pid);
  const text = await wrk(target.port, load, file);
  const used = cpuUs(target.pid) - before;
  const line = /CELL (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(text);
  if (line === null) throw new Error(`wrk did not report: ${text.slice(0, 200)}`);
  const [count = 0, us = 1, p50 = 0, p99 = 0, p999 = 0, errors = 0] = line.slice(1).map(Number);
  return {
    perSecond: (count / us) * 1e6,
    cpuUs: used / count,
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    p999Ms: p999 / 1000,
    rssMb: rssMb(target.pid),
    errors,
  };
}

function wrk(port: number, load: Load, file: string): Promise<string> {
  const args = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`, "-s", file];
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
function script({ port, path, tools, session }: Target, { era, size }: Load): string {
  const text = size === "1 KB" ? "x".repeat(760) : "x";
  const before = `{"jsonrpc":"2.0","id":`;
  const heads: string[] = [];
  const tails: string[] = [];
  for (const tool of tools) {
    const meta = era === "modern" ? `,${META}` : "";
    const tail = `,"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"${text}"}${meta}}}`;
    const own =
      era === "modern"
        ? `MCP-Protocol-Version: 2026-07-28\\r\\nMcp-Method: tools/call\\r\\nMcp-Name: ${tool}\\r\\n`
        : `MCP-Protocol-Version: 2025-11-25\\r\\n${session === undefined ? "" : `Mcp-Session-Id: ${session}\\r\\n`}`;
    heads.push(
      `"POST ${path} HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Type: application/json\\r\\nAccept: application/json, text/event-stream\\r\\n${own}Content-Length: ${before.length + 9 + tail.length}\\r\\n\\r\\n"`,
    );
    tails.push(`[==[${tail}]==]`);
  }
  return `local heads={${heads.join(",")}}
local tails={${tails.join(",")}}
local n=100000000
request=function() n=n+1; local i=n%${tools.length}+1; return heads[i]..[==[${before}]==]..n..tails[i] end
done=function(s,l,r) local e=s.errors; print(string.format("CELL %d %d %d %d %d %d",s.requests,s.duration,l:percentile(50),l:percentile(99),l:percentile(99.9),e.status+e.read+e.write+e.timeout+e.connect)) end
`;
}
