import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { LATEST_MODERN, META } from "../protocol/index.ts";

const file = new URL("fixtures/minimal-worker.node.ts", import.meta.url);
const meta = { [META.protocolVersion]: LATEST_MODERN, [META.clientCapabilities]: {} };
const call = (id: number, name: string, args: object): string =>
  JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args, _meta: meta },
  });

interface Drone {
  child: ChildProcess;
  lines: string[];
  errors(): string;
  write(text: string): void;
  exit: Promise<{ code: number | null; signal: string | null }>;
}
const started: ChildProcess[] = [];
function start(): Drone {
  const child = spawn(process.execPath, [fileURLToPath(file)], { stdio: "pipe" });
  started.push(child);
  const lines: string[] = [];
  let errors = "";
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, lines, exit, errors: () => errors, write: (text) => child.stdin.write(text) };
}
function port(thread: Thread, message: unknown): void {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  thread.postMessage(message);
}
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

describe("serve on stdio", () => {
  it("finishes its calls when its input ends, then stops and exits", async () => {
    const drone = start();
    drone.write(`${call(1, "slow", { ms: 50 })}\n${call(2, "echo", { text: "é" })}\n`);
    drone.child.stdin?.end();
    expect(await drone.exit).toEqual({ code: 0, signal: null });
    const answers = drone.lines.map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      { id: 2, result: { content: [{ text: "é" }] } },
      { id: 1, result: { content: [{ text: "slept" }] } },
    ]);
    expect(drone.errors()).toContain("stopped in good order");
  });

  it("keeps stdout for the protocol whatever a tool prints", async () => {
    const drone = start();
    drone.write(`${call(1, "noisy", {})}\n`);
    drone.child.stdin?.end();
    await drone.exit;
    expect(drone.lines).toHaveLength(1);
    expect(drone.errors()).toContain("so would this");
  });

  it("drains on SIGTERM", async () => {
    const drone = start();
    drone.write(`${call(1, "echo", { text: "up" })}\n${call(2, "slow", { ms: 100 })}\n`);
    await expect.poll(() => drone.lines.length, { timeout: 5_000 }).toBe(1);
    drone.child.kill("SIGTERM");
    expect(await drone.exit).toEqual({ code: 0, signal: null });
    expect(drone.lines).toHaveLength(2);
  });

  it("answers garbage with a typed error and goes on", async () => {
    const drone = start();
    drone.write(`not json\n[1]\n${call(3, "echo", { text: "on" })}\n`);
    drone.child.stdin?.end();
    await drone.exit;
    const codes = drone.lines
      .map((line) => JSON.parse(line))
      .map((one) => one.error?.code ?? one.id);
    expect(codes).toEqual([-32700, -32600, 3]);
  });
});

describe("serve in a thread", () => {
  it("speaks through its port and ends after null", async () => {
    const thread = new Thread(file, { stderr: true });
    const answer = new Promise((resolve) => thread.once("message", resolve));
    const exit = new Promise((resolve) => thread.once("exit", resolve));
    port(thread, call(1, "echo", { text: "hi" }));
    expect(JSON.parse(String(await answer))).toMatchObject({
      id: 1,
      result: { content: [{ text: "hi" }] },
    });
    port(thread, null);
    expect(await exit).toBe(0);
  });
});
