/** A real fleet for a moment: `flotilla up` with servers that nobody here wrote, and what its endpoints answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CatalogEntry } from "../../../src/protocol/index.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PEERS = join(ROOT, "test/peers/node_modules/@modelcontextprotocol");

export interface LiveFleet {
  /** By worker: its own definitions. */
  catalogs: Map<string, { verbatim: boolean; tools: CatalogEntry[] }>;
}

const CONFIG = {
  workers: {
    everything: {
      command: process.execPath,
      args: [join(PEERS, "server-everything/dist/index.js")],
    },
    files: {
      command: process.execPath,
      args: [join(PEERS, "server-filesystem/dist/index.js"), tmpdir()],
    },
    memory: { command: process.execPath, args: [join(PEERS, "server-memory/dist/index.js")] },
  },
};
const VERBATIM = ["database", "coordinator"];

export async function readLiveFleet(): Promise<LiveFleet> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-tokens-"));
  const file = join(folder, "flotilla.json");
  await writeFile(file, JSON.stringify(CONFIG));
  const main = join(ROOT, "src/cli/main.ts");
  const args = [main, "up", "--port", "0", "--state", join(folder, "state"), "--config", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const url = await readyUrl(child.stdout);
    const catalogs: LiveFleet["catalogs"] = new Map();
    for (const worker of [...VERBATIM, ...Object.keys(CONFIG.workers)]) {
      const { tools } = await ask(`${url}/mcp/${worker}`, "tools/list");
      catalogs.set(worker, { verbatim: VERBATIM.includes(worker), tools });
    }
    return { catalogs };
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  }
}

async function readyUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error("flotilla up ended before it was ready");
}

async function ask(url: string, method: string): Promise<{ tools: CatalogEntry[] }> {
  const version = "2026-07-28";
  const prefix = "io.modelcontextprotocol/";
  const meta = { [`${prefix}protocolVersion`]: version, [`${prefix}clientCapabilities`]: {} };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": method,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { _meta: meta } }),
  });
  const text = await response.text();
  const data = text.startsWith("{") ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? "");
  const answer: { result?: { tools: CatalogEntry[] } } = JSON.parse(data);
  if (answer.result === undefined) throw new Error(`${url} answered ${data.slice(0, 300)}`);
  return answer.result;
}
