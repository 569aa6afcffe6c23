/** Whatever comes in, the answer says what is wrong and what to do, and nothing else is disturbed. */
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failToStart, type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { harbour } from "./harbour.ts";
import { newMark } from "./processes.ts";
import { call, callText, request } from "./wire.ts";

const mark = newMark();
const FIFTY_MB = 50 * 1024 * 1024;

describe("at the door", () => {
  let flotilla: Flotilla;
  beforeAll(async () => {
    flotilla = await startFlotilla({
      config: {
        toolpacks: "none",
        workers: {
          good: harbour(mark),
          garbage: { ...harbour(mark, "--garbage"), limits: { startTimeout: "2s" } },
          silent: { ...harbour(mark, "--silent"), limits: { startTimeout: "1s" } },
          drifting: { ...harbour(mark), limits: { callTimeout: "2s" } },
          absent: { command: "no-such-program-anywhere", args: [] },
        },
      },
    });
  });
  afterAll(() => flotilla[Symbol.asyncDispose]());

  const post = async (path: string, body: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${flotilla.url}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
      },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  /** What every case ends with: somebody else's call still works. */
  const undisturbed = async (): Promise<void> => {
    expect(await callText(`${flotilla.url}/mcp/good`, "pid")).toMatch(/^\d+$/);
  };

  test("malformed JSON", async () => {
    const { status, text } = await post("/mcp", `{"jsonrpc": "2.0", "id": 1, `);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: -32700 } });
    await undisturbed();
  });

  test.each([
    ["params is text", { jsonrpc: "2.0", id: 1, method: "tools/list", params: "all" }],
    ["method is a number", { jsonrpc: "2.0", id: 1, method: 7 }],
    ["id is an object", { jsonrpc: "2.0", id: {}, method: "tools/list" }],
    ["a batch", [{ jsonrpc: "2.0", id: 1, method: "tools/list" }]],
    ["no JSON-RPC at all", { hello: "world" }],
  ])("wrong types: %s", async (_name, body) => {
    const { status, text } = await post("/mcp", JSON.stringify(body));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String) as string } });
    await undisturbed();
  });

  test("a body of 50 MB", async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"${"x".repeat(FIFTY_MB)}"}}`;
    const outcome = await post("/mcp", body).catch((error: unknown) => error);
    // The server may hang up on the rest of the body, which some clients report instead of the answer.
    if (!(outcome instanceof Error)) expect(outcome).toMatchObject({ status: 413 });
    await undisturbed();
  });

  test("a worker that does not exist", async () => {
    const { status, error } = await call(`${flotilla.url}/mcp/nowhere`, "pid");
    expect(status).toBe(404);
    expect(error?.message).toContain("nowhere");
    await undisturbed();
  });

  test("a tool that does not exist", async () => {
    const { error } = await call(`${flotilla.url}/mcp/good`, "nothing");
    expect(error).toMatchObject({ code: -32602 });
    expect(error?.message).toContain("nothing");
  });

  test("a name that nobody is known to have, while somebody cannot be asked", async () => {
    const { error } = await call(`${flotilla.url}/mcp`, "whose_is_this");
    // Not "unknown tool": the worker that does not answer may be the one that has it.
    expect(error?.data).toMatchObject({
      code: "worker_unavailable",
      retryAfterMs: expect.any(Number) as number,
    });
  });

  test("a method that does not exist", async () => {
    const { status, error } = await request(`${flotilla.url}/mcp`, "tools/forget");
    expect([status, error?.code]).toEqual([404, -32601]);
  });

  test.each([
    ["prints prose on its standard output", "garbage"],
    ["never answers its first message", "silent"],
    ["cannot be started", "absent"],
  ])("a worker that %s", async (_name, worker) => {
    const { error } = await call(`${flotilla.url}/mcp/${worker}`, "pid");
    expect(error?.data).toMatchObject({ worker, reason: expect.any(String) as string });
    expect(error?.data?.code).toMatch(/^[a-z_]+$/);
    expect(error?.data?.reason).not.toBe("");
    await undisturbed();
    const { health } = await flotilla.worker(worker);
    expect(health.lastError).toBeTruthy();
  });

  test("a worker that takes a call and never answers it", async () => {
    const { error } = await call(`${flotilla.url}/mcp/drifting`, "drift");
    expect(error?.data).toMatchObject({ code: "call_timeout", worker: "drifting" });
    await undisturbed();
  });
});

describe("at the start", () => {
  const folder = makeFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("broken YAML is named with its line", async () => {
    const { code, log } = await failToStart({ config: "toolpacks: none\nworkers:\n  a: [\n" });
    expect(code).not.toBe(0);
    expect(log).toMatch(/flotilla\.yaml:\d+/);
    expect(log).not.toMatch(/^\s+at /m);
  });

  test("a misspelt field is named with its line and a suggestion", async () => {
    const config = "toolpacks: none\nworkers:\n  a:\n    comand: node\n";
    const { code, log } = await failToStart({ config });
    expect(code).not.toBe(0);
    expect(log).toMatch(/flotilla\.yaml:4/);
    expect(log).toContain("command");
  });

  test("a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { code, log } = await failToStart({ args: ["--port", String(port)] });
    taken.close();
    expect(code).not.toBe(0);
    expect(log).toContain(String(port));
    expect(log).toContain("--port");
    expect(log).not.toMatch(/^\s+at /m);
  });

  test("a state folder that another one uses", async () => {
    await using first = await startFlotilla({ config: { toolpacks: "none" } });
    const { code, log } = await failToStart({ stateDir: first.stateDir });
    expect(code).not.toBe(0);
    expect(log).toContain("--state");
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  test("a state file that is no database", async () => {
    const stateDir = join(folder, "state");
    mkdirSync(stateDir);
    await (await startFlotilla({ stateDir, config: { toolpacks: "none" } })).end("SIGTERM");
    const databases = readdirSync(stateDir).filter((name) => /\.(?:db|sqlite)$/.test(name));
    expect(databases).toHaveLength(1);
    writeFileSync(join(stateDir, databases[0] ?? ""), "not a database, just words\n".repeat(500));
    const { code, log } = await failToStart({ stateDir });
    expect(code).not.toBe(0);
    expect(log).toContain(databases[0]);
    expect(log).not.toMatch(/^\s+at /m);
  });
});
