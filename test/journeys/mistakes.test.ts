/** Mistakes that other gateways have paid for, each by its name. README.md says where the rest of them are tested. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startFlotilla } from "./flotilla.ts";
import { harbour } from "./harbour.ts";
import { newMark, processesWith } from "./processes.ts";
import { modernAnswer, result, send, serveUpstream } from "./upstream.ts";
import { waitFor } from "./wait.ts";
import { call, callText, listTools, request } from "./wire.ts";

const fleetOf = (workers: Record<string, unknown>): { config: object } => ({
  config: { toolpacks: "none", workers },
});

describe("a fan-out is initialised in parallel, not one after the other", () => {
  test.each([20, 60, 200])("%i workers, one of them dead and one mute", async (count) => {
    await using upstream = await serveUpstream(async (asked, response) => {
      // Open for a moment, so that those that are asked together are seen together.
      await pause(20);
      if (!asked.path.startsWith("/mute")) modernAnswer(asked, response);
    });
    const workers: Record<string, unknown> = {
      dead: { url: "http://127.0.0.1:9/mcp" },
      mute: { url: `${upstream.url}/mute` },
    };
    for (let at = 0; at < count; at += 1) workers[`w${at}`] = { url: `${upstream.url}/w${at}` };
    await using flotilla = await startFlotilla(fleetOf(workers));
    const tools = async (): Promise<string[]> =>
      (await listTools(`${flotilla.url}/mcp`)).filter((name) => /^w\d+_where$/.test(name));
    await waitFor(async () => (await tools()).length === count, {
      what: "every living worker's tool",
      deadlineMs: 60_000,
    });
    expect(upstream.mostAtOnce()).toBeGreaterThan(4);
    expect(upstream.mostAtOnce()).toBeLessThanOrEqual(128);
    // One dead backend never hides the others' tools, nor keeps their calls waiting.
    expect(await callText(`${flotilla.url}/mcp`, "w7_where")).toBe("/w7");
  });
});

test("a redirect of an upstream is not followed: no request goes where the operator did not point", async () => {
  await using inner = await serveUpstream(modernAnswer);
  await using outer = await serveUpstream((_asked, response) => {
    response.writeHead(307, { location: `${inner.url}/latest/meta-data` }).end();
  });
  await using flotilla = await startFlotilla(
    fleetOf({ away: { url: `${outer.url}/mcp`, headers: { authorization: "Bearer hidden" } } }),
  );
  const { error } = await call(`${flotilla.url}/mcp/away`, "where");
  expect(error?.data).toMatchObject({ worker: "away" });
  expect(outer.asked.length).toBeGreaterThan(0);
  expect(inner.asked).toEqual([]);
});

test("a call is not replayed after an era mismatch", async () => {
  await using upstream = await serveUpstream((asked, response) => {
    if (asked.method !== "tools/call") return modernAnswer(asked, response);
    const data = { supported: ["2025-11-25"], requested: "2026-07-28" };
    const error = { code: -32022, message: "not this version", data };
    send(response, 400, { jsonrpc: "2.0", id: asked.id, error });
  });
  await using flotilla = await startFlotilla(fleetOf({ shifty: { url: `${upstream.url}/mcp` } }));
  const answer = await call(`${flotilla.url}/mcp/shifty`, "where");
  expect(answer.error).toBeDefined();
  expect(upstream.asked.filter(({ method }) => method === "tools/call")).toHaveLength(1);
});

test("an upstream's 405 and its expired sessions do not make lists flap", async () => {
  let session = 0;
  await using upstream = await serveUpstream((asked, response) => {
    if (asked.http !== "POST") return void response.writeHead(405).end();
    if (asked.method === "initialize") {
      response.setHeader("mcp-session-id", `s${(session += 1)}`);
      const serverInfo = { name: "old", version: "1" };
      const capabilities = { tools: { listChanged: true } };
      const said = { protocolVersion: "2025-11-25", capabilities, serverInfo };
      return send(response, 200, result(asked, said));
    }
    if (asked.method === "server/discover") return void response.writeHead(400).end();
    if (asked.headers["mcp-session-id"] !== `s${session}`) {
      return void response.writeHead(404).end();
    }
    if (asked.id === undefined) return void response.writeHead(202).end();
    modernAnswer(asked, response);
  });
  await using flotilla = await startFlotilla(fleetOf({ old: { url: `${upstream.url}/mcp` } }));
  const url = `${flotilla.url}/mcp/old`;
  expect(await callText(url, "where")).toBe("/mcp");
  expect(await listTools(url)).toEqual(["where"]);
  for (let round = 0; round < 3; round += 1) {
    // Whatever was open is unknown to it from here on.
    session += 1;
    expect(await listTools(url)).toEqual(["where"]);
    await waitFor(async () => (await call(url, "where")).result !== undefined, {
      what: "a new session",
      deadlineMs: 20_000,
    });
    expect(await listTools(`${flotilla.url}/mcp`)).toContain("old_where");
  }
});

test("there is no shared default secret: what one installation sealed is nothing to another", async () => {
  const config = fleetOf({});
  await using one = await startFlotilla(config);
  await using other = await startFlotilla(config);
  const post = (url: string, body: object, session?: string): Promise<Response> =>
    fetch(`${url}/mcp`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(session === undefined ? {} : { "mcp-session-id": session }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }),
    });
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const opened = await post(one.url, { method: "initialize", params });
  const session = opened.headers.get("mcp-session-id") ?? "";
  expect(session).not.toBe("");
  expect((await post(one.url, { method: "ping" }, session)).status).toBe(200);
  expect((await post(other.url, { method: "ping" }, session)).status).toBe(404);
});

describe.skipIf(process.platform === "win32")("processes (counted with ps)", () => {
  test("neither health checks nor lists keep a drone awake", async () => {
    const mark = newMark();
    await using flotilla = await startFlotilla(
      fleetOf({ harbour: { ...harbour(mark), scale: { idle: "2s" } } }),
    );
    await callText(`${flotilla.url}/mcp/harbour`, "pid");
    expect(processesWith(mark)).toHaveLength(1);
    const asleep = async (): Promise<boolean> => {
      for (const path of ["/health", "/ready", "/metrics", "/api/v1/fleet"]) {
        await (await fetch(`${flotilla.url}${path}`)).text();
      }
      await listTools(`${flotilla.url}/mcp/harbour`);
      await request(`${flotilla.url}/mcp`, "server/discover");
      return processesWith(mark).length === 0;
    };
    await waitFor(asleep, { what: "sleep under observation", deadlineMs: 30_000 });
  });

  test("SIGTERM is sent and awaited: when Flotilla has ended, so has a drone that takes its time", async () => {
    const mark = newMark();
    const flotilla = await startFlotilla(fleetOf({ harbour: harbour(mark) }));
    // Its input ends in the middle of a call that never returns.
    const lost = call(`${flotilla.url}/mcp/harbour`, "drift").catch(() => undefined);
    await waitFor(() => processesWith(mark).length === 1, {
      what: "a drone",
      deadlineMs: 20_000,
    });
    const { code } = await flotilla.end("SIGTERM");
    expect(code).toBe(0);
    expect(processesWith(mark)).toEqual([]);
    await lost;
  });
});
