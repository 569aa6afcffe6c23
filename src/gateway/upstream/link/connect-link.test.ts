import { expect, test } from "vitest";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { fakeClock, settle } from "../../testing/fake-clock.ts";
import { FakeError, fakeWorker, type FakeWorker } from "../../testing/fake-worker.ts";
import { connectUpstream } from "../connect.ts";
import { createEraMemory } from "../era.ts";

function contact(worker: FakeWorker, clock = fakeClock(), eras = createEraMemory(clock)) {
  const abort = new AbortController();
  const connecting = connectUpstream({
    dialled: { kind: "link", link: worker.link },
    clock,
    telemetry: silentTelemetry,
    http: { request: () => Promise.reject(new Error("no http")), close: async () => {} },
    gateway: { name: "flotilla", version: "1" },
    maxMessageBytes: 1_000_000,
    eras,
    eraKey: "w@1",
    onChange: () => {},
    signal: abort.signal,
  });
  connecting.catch(() => {});
  return { connecting, clock, eras, abort };
}

test("a modern worker is known by its discovery", async () => {
  const worker = fakeWorker({ era: "modern" });
  const { connecting } = contact(worker);
  expect((await connecting).hello).toMatchObject({ era: "modern", protocolVersion: "2026-07-28" });
  expect(worker.countOf("initialize")).toBe(0);
});

test("a legacy worker that refuses the probe is initialized, and remembered", async () => {
  const { connecting, clock, eras } = contact(fakeWorker({ era: "legacy" }));
  expect((await connecting).hello).toMatchObject({ era: "legacy", protocolVersion: "2025-11-25" });
  const next = fakeWorker({ era: "legacy" });
  await contact(next, clock, eras).connecting;
  expect(next.got.map(({ method }) => method)).toEqual(["initialize", "notifications/initialized"]);
  // The verdict is dated: a worker may be upgraded under an unchanged revision.
  await clock.advance(3_600_001);
  expect(eras.recall("w@1")).toBeUndefined();
});

test("silence counts as legacy after a bounded wait", async () => {
  const worker = fakeWorker({ era: "silent" });
  const { connecting, clock } = contact(worker);
  await clock.advance(999);
  expect(worker.countOf("initialize")).toBe(0);
  await clock.advance(1);
  expect((await connecting).hello.era).toBe("legacy");
});

test("a modern worker that is slow to start is not taken for a legacy one", async () => {
  const starting = Promise.withResolvers<undefined>();
  const worker = fakeWorker({
    era: "modern",
    on: async ({ method }) => {
      await starting.promise;
      return method === "initialize"
        ? new FakeError(-32022, "no", { supported: ["2026-07-28"] })
        : undefined;
    },
  });
  const { connecting, clock } = contact(worker);
  await clock.advance(5_000);
  expect(worker.countOf("initialize")).toBe(1);
  starting.resolve(undefined);
  expect((await connecting).hello.era).toBe("modern");
});

test("a modern error names the version to speak", async () => {
  const worker = fakeWorker({
    era: "legacy",
    on: ({ method }) =>
      method === "server/discover"
        ? new FakeError(-32022, "no", { supported: ["2025-11-25"] })
        : undefined,
  });
  expect((await contact(worker).connecting).hello.era).toBe("legacy");
});

test("a remembered era that no longer holds is judged anew", async () => {
  const clock = fakeClock();
  const eras = createEraMemory(clock);
  eras.remember("w@1", { era: "legacy", transport: "link" });
  const { connecting } = contact(fakeWorker({ era: "modern" }), clock, eras);
  expect((await connecting).hello.era).toBe("modern");
  expect(eras.recall("w@1")?.era).toBe("modern");
});

test("giving up closes the link, and a worker that never answers hangs nobody", async () => {
  const worker = fakeWorker({ era: "silent", on: () => "never" });
  const { connecting, clock, abort } = contact(worker);
  await clock.advance(10_000);
  abort.abort();
  await expect(connecting).rejects.toMatchObject({ code: "call_cancelled" });
  await expect(worker.link.closed).resolves.toBeDefined();
});

test("log lines on a shared pipe go to calls that asked, of one principal, from their level up", async () => {
  const worker = fakeWorker({
    era: "legacy",
    capabilities: { logging: {}, tools: {} },
    on: ({ method }) =>
      method === "tools/call" ? "never" : method === "logging/setLevel" ? {} : undefined,
  });
  const client = await contact(worker).connecting;
  const heard: string[] = [];
  const call = (who: string, principal: string, logLevel?: string): void =>
    void client
      .call({
        method: "tools/call",
        params: {},
        client: { principal, capabilities: {} },
        wantsProgress: false,
        signal: new AbortController().signal,
        notify: (_method, params) => heard.push(`${who} ${String(params["level"])}`),
        ...(logLevel === undefined ? {} : { logLevel }),
      })
      .catch(() => {});
  call("quiet", "ann");
  call("warned", "ann", "warning");
  call("chatty", "ann", "debug");
  await settle();
  expect(worker.got.findLast(({ method }) => method === "logging/setLevel")?.params).toEqual({
    level: "debug",
  });
  worker.notify("notifications/message", { level: "info", data: 1 });
  worker.notify("notifications/message", { level: "error", data: 1 });
  await settle();
  expect(heard).toEqual(["chatty info", "warned error", "chatty error"]);
  call("other", "bob", "debug");
  await settle();
  worker.notify("notifications/message", { level: "error", data: 2 });
  await settle();
  expect(heard).toHaveLength(3);
});
