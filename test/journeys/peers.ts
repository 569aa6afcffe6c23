/** Runs the clients of `test/peers` as programs of their own, and says what is missing when they are not installed. */
import { execFile, type ExecFileOptions } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const PEERS = join(import.meta.dirname, "../peers");
const run = promisify(execFile);

export const peer = (path: string): string => join(PEERS, path);
export const PYTHON = peer(
  process.platform === "win32" ? ".venv/Scripts/python.exe" : ".venv/bin/python",
);

export const lacksNode = !existsSync(peer("node_modules/@modelcontextprotocol/sdk"));
export const lacksPython = !existsSync(PYTHON);
export const NODE_NEEDED = "(needs npm ci --prefix test/peers)";
export const PYTHON_NEEDED = "(needs test/peers/requirements.txt in test/peers/.venv)";

export interface ToolCall {
  name: string;
  arguments: Record<string, unknown>;
}

export interface PeerAnswer {
  server?: { name: string };
  version?: string;
  tools: string[];
  results: { content: { type: string; text?: string }[]; isError?: boolean }[];
}

const LIMITS: ExecFileOptions = { timeout: 90_000, maxBuffer: 32 * 1024 * 1024 };

export type PeerClient = (url: string, calls: ToolCall[]) => Promise<PeerAnswer>;

function client(program: string, script: string, mode: string): PeerClient {
  return async (url, calls) => {
    const args = [peer(script), url, mode, JSON.stringify(calls)];
    const { stdout } = await run(program, args, LIMITS);
    return JSON.parse(String(stdout)) as PeerAnswer;
  };
}

export const sdkV1 = client(process.execPath, "clients/sdk-v1.mjs", "legacy");
export const sdkV2Auto = client(process.execPath, "clients/sdk-v2.mjs", "auto");
export const sdkV2Legacy = client(process.execPath, "clients/sdk-v2.mjs", "legacy");
export const pythonAuto = client(PYTHON, "clients/python_sdk.py", "auto");
export const pythonLegacy = client(PYTHON, "clients/python_sdk.py", "legacy");

/** The Inspector's command line runs one method at a time. */
export const inspector: PeerClient = async (url, calls) => {
  const ask = async (...args: string[]): Promise<unknown> => {
    const cli = peer(
      "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
    );
    const base = [cli, "--cli", url, "--transport", "http"];
    const { stdout } = await run(process.execPath, [...base, ...args], LIMITS);
    return JSON.parse(String(stdout)) as unknown;
  };
  const listed = (await ask("--method", "tools/list")) as { tools: { name: string }[] };
  const results: PeerAnswer["results"] = [];
  for (const call of calls) {
    const pairs = Object.entries(call.arguments).map(([key, value]) => `${key}=${String(value)}`);
    const args = ["--method", "tools/call", "--tool-name", call.name, "--tool-arg", ...pairs];
    results.push((await ask(...args)) as PeerAnswer["results"][number]);
  }
  return { tools: listed.tools.map(({ name }) => name), results };
};
