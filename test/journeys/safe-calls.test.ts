/** What clients are told, and what a worker executes, when processes are killed in the middle of calls. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { gatewaysOf } from "./gateways.ts";
import { newMark, processesWith } from "./processes.ts";
import { waitFor } from "./wait.ts";
import { callText } from "./wire.ts";

const TILL = join(import.meta.dirname, "fixtures/till.mjs");
const VERSION = "2026-07-28";
const TASKS = { extensions: { "io.modelcontextprotocol/tasks": {} } };
/** Longer than any of these journeys: what is killed has not answered. */
const LONG_MS = 600_000;
const soon = { deadlineMs: 15_000 };

let folder: string;
let mark: string;
let flotilla: Flotilla;
let url: string;
beforeEach(async () => {
  folder = makeFolder();
  mark = newMark();
  const till = {
    command: process.execPath,
    args: [TILL, mark, `--ledger=${join(folder, "ledger")}`],
    calls: { taskAfter: "200ms" },
    scale: { min: 2, max: 2 },
  };
  flotilla = await startFlotilla({
    config: { toolpacks: "none", workers: { till } },
    args: ["--gateways", "2"],
  });
  url = `${flotilla.url}/mcp/till`;
  await waitFor(() => processesWith(`${mark} `).length === 2, { what: "two drones", ...soon });
  expect(await callText(url, "pay", { what: "first", ms: 0 })).toBe("first");
});
afterEach(async () => {
  await flotilla[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The processes that executed it. */
function executors(what: string): number[] {
  const file = join(folder, "ledger");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.flatMap((line) => {
    const [name, pid] = line.split(" ");
    return name === what ? [Number(pid)] : [];
  });
}

const executed = (what: string): number => executors(what).length;

interface Answer {
  result?: Record<string, unknown>;
  error?: { code: number; data?: Record<string, unknown> };
}

/** A connection of its own for each request: which gateway gets it is not ours to choose. */
async function post(
  method: string,
  params: Record<string, unknown>,
  meta: Record<string, unknown> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      connection: "close",
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      "mcp-name": String(params["name"] ?? params["taskId"]),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": VERSION,
          "io.modelcontextprotocol/clientCapabilities": {},
          ...meta,
        },
      },
    }),
  });
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const data = text.split("\n").filter((line) => line.startsWith("data:"));
  return JSON.parse(isStream ? (data.at(-1)?.slice("data:".length) ?? "{}") : text);
}

const call = (name: string, what: string, meta: Record<string, unknown> = {}): Promise<Answer> =>
  post("tools/call", { name, arguments: { what, ms: LONG_MS } }, meta);

const withKey = (key: string) => ({ "dev.flotilla/idempotencyKey": key });
const withTasks = { "io.modelcontextprotocol/clientCapabilities": TASKS };

async function begun(what: string, times = 1): Promise<void> {
  await waitFor(() => executed(what) === times, { what: `${what} to be executed`, ...soon });
}

function killWorker(): void {
  for (const { pid } of processesWith(mark)) process.kill(pid, "SIGKILL");
}

function killGateways(): void {
  for (const { pid } of gatewaysOf(flotilla)) process.kill(pid, "SIGKILL");
}

/** Gateways are started again; until then the door has nobody to hand a connection to. */
async function stubborn(ask: () => Promise<Answer>): Promise<Answer> {
  let answer: Answer | undefined;
  await waitFor(async () => (answer = await ask().catch(() => undefined)) !== undefined, {
    what: "a gateway that answers",
    deadlineMs: 40_000,
  });
  return answer ?? {};
}

const AMBIGUOUS = { code: "call_ambiguous", retryable: false, mayHaveRun: true };

describe.skipIf(process.platform === "win32")("a worker killed in the middle of a call", () => {
  test("has run it once: the client is told that it may have, with a key and without", async () => {
    const plain = call("pay", "plain");
    const keyed = call("pay", "keyed", withKey("k1"));
    await begun("plain");
    await begun("keyed");
    killWorker();
    expect((await plain).error?.data).toMatchObject(AMBIGUOUS);
    expect((await keyed).error?.data).toMatchObject(AMBIGUOUS);
    for (const _ of [1, 2, 3]) {
      expect((await call("pay", "keyed", withKey("k1"))).error?.data).toMatchObject(AMBIGUOUS);
    }
    expect([executed("plain"), executed("keyed")]).toEqual([1, 1]);
  });

  test("is replaced by another drone for a call that only reads", async () => {
    const read = call("look", "read");
    await begun("read");
    const [first = 0] = executors("read");
    process.kill(first, "SIGKILL");
    await begun("read", 2);
    const [, second = 0] = executors("read");
    expect(second).not.toBe(first);
    process.kill(second, "SIGKILL");
    // Two tries, and no more.
    expect((await read).error?.data).toMatchObject({ worker: "till", retryable: true });
    expect(executed("read")).toBe(2);
  });
});

describe.skipIf(process.platform === "win32")("gateways killed in the middle of a call", () => {
  test("leave a call with a key that runs no second time, and a truthful answer", async () => {
    const lost = call("pay", "keyed", withKey("k1"));
    await begun("keyed");
    killGateways();
    await expect(lost).rejects.toThrow();
    const repeat = await stubborn(() => call("pay", "keyed", withKey("k1")));
    expect(repeat.error?.data).toMatchObject(AMBIGUOUS);
    expect(executed("keyed")).toBe(1);
  });

  test("leave a task that has failed and may have run", async () => {
    const created = await call("pay", "task", withTasks);
    expect(created.result).toMatchObject({ resultType: "task", status: "working" });
    const taskId = created.result?.["taskId"];
    const get = (): Promise<Answer> => post("tasks/get", { taskId }, withTasks);
    expect((await get()).result).toMatchObject({ status: "working" });
    killGateways();
    let task: Answer | undefined;
    await waitFor(
      async () => {
        task = await stubborn(get);
        return task.result?.["status"] !== "working";
      },
      { what: "the task to be given up", deadlineMs: 40_000 },
    );
    expect(task?.result).toMatchObject({ status: "failed", error: { data: AMBIGUOUS } });
    expect(executed("task")).toBe(1);
  });
});
