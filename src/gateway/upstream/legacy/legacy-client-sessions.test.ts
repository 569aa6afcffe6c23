import { expect, test } from "vitest";
import { FlotillaError } from "../../../protocol/errors.ts";
import { fakeClock, settle, type FakeClock } from "../../testing/fake-clock.ts";
import type { Answer, UpstreamCall, UpstreamClient } from "../contract.ts";
import { createSessionedClient } from "./legacy-client-sessions.ts";

const OK: Answer = { kind: "result", result: { text: "{}" } };

interface FakeSession {
  capabilities: unknown;
  calls: UpstreamCall[];
  isClosed: boolean;
}

interface Made {
  client: UpstreamClient;
  base: FakeSession;
  sessions: FakeSession[];
  clock: FakeClock;
}

function clientOver(session: FakeSession, answer?: UpstreamClient["call"]): UpstreamClient {
  return {
    transport: "http",
    hello: {
      era: "legacy",
      protocolVersion: "2025-11-25",
      serverInfo: { name: "w", version: "1" },
      capabilities: {},
    },
    call(request) {
      session.calls.push(request);
      return answer?.(request) ?? Promise.resolve(OK);
    },
    want: () => {},
    closed: new Promise(() => {}),
    close: () => void (session.isClosed = true),
  };
}

const fresh = (capabilities: unknown): FakeSession => ({
  capabilities,
  calls: [],
  isClosed: false,
});

function made(
  options: {
    open?: (signal: AbortSignal) => Promise<void>;
    call?: UpstreamClient["call"];
    hasSessions?: boolean;
    maxSessions?: number;
  } = {},
): Made {
  const clock = fakeClock();
  const base = fresh("all");
  const sessions: FakeSession[] = [];
  const wired = createSessionedClient({
    base: { client: clientOver(base), onNotification: () => {} },
    hasSessions: () => options.hasSessions ?? true,
    clock,
    ...(options.maxSessions === undefined ? {} : { maxSessions: options.maxSessions }),
    async open(capabilities, signal) {
      await options.open?.(signal);
      const session = fresh(capabilities);
      sessions.push(session);
      return clientOver(session, options.call);
    },
  });
  return { client: wired.client, base, sessions, clock };
}

function call(principal: string, capabilities: Record<string, unknown> = {}): UpstreamCall {
  return {
    method: "tools/call",
    params: {},
    client: { principal, capabilities },
    wantsProgress: false,
    signal: new AbortController().signal,
    notify: () => {},
  };
}

test("each principal and each set of capabilities has a session of its own, opened once", async () => {
  const { client: one, sessions, base } = made();
  await Promise.all([
    one.call(call("ann", { elicitation: {} })),
    one.call(call("ann", { elicitation: { form: {} }, experimental: { x: {} } })),
    one.call(call("ann", { elicitation: {}, sampling: {} })),
    one.call(call("bob", { elicitation: {} })),
    one.call(call("bob")),
  ]);
  expect(sessions.map(({ capabilities, calls }) => [capabilities, calls.length])).toEqual([
    [{ elicitation: { form: {} } }, 2],
    [{ elicitation: { form: {} }, sampling: {} }, 1],
    [{ elicitation: { form: {} } }, 1],
    [{}, 1],
  ]);
  await one.call({ ...call("ann"), method: "tools/list" });
  expect(base.calls).toHaveLength(1);
});

test("a server without sessions is one for everybody", async () => {
  const { client: one, sessions, base } = made({ hasSessions: false });
  await one.call(call("ann"));
  expect([sessions.length, base.calls.length]).toEqual([0, 1]);
});

test("an idle session ends, a used one does not", async () => {
  const going = Promise.withResolvers<Answer>();
  const {
    client: one,
    sessions,
    clock,
  } = made({
    call: ({ client: { principal } }) =>
      principal === "ann" ? going.promise : Promise.resolve(OK),
  });
  const busy = one.call(call("ann"));
  await one.call(call("bob"));
  await clock.advance(600_000);
  expect(sessions.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  going.resolve(OK);
  await busy;
  await one.call(call("ann"));
  await clock.advance(599_999);
  expect(sessions).toHaveLength(2);
  expect(sessions[0]?.isClosed).toBe(false);
  one.close();
  await settle();
  expect(sessions[0]?.isClosed).toBe(true);
});

test("at the bound the one idle for longest gives way; if none is, the call was not sent", async () => {
  const going = Promise.withResolvers<Answer>();
  const { client: one, sessions } = made({
    maxSessions: 2,
    call: ({ client: { principal } }) =>
      principal === "ann" ? going.promise : Promise.resolve(OK),
  });
  const busy = one.call(call("ann"));
  await one.call(call("bob"));
  await one.call(call("eve"));
  await settle();
  expect(sessions.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
  const also = one.call(call("ann", { roots: {} }));
  await settle();
  await expect(one.call(call("mia"))).rejects.toMatchObject({
    code: "overloaded",
    data: { sent: false },
  });
  going.resolve(OK);
  await Promise.all([busy, also]);
});

test("a session that cannot be opened was never sent a call, and the next call tries again", async () => {
  let tries = 0;
  const { client: one } = made({
    async open() {
      tries += 1;
      if (tries === 1) throw new FlotillaError("worker_unavailable", "no", { hint: "Wait." });
      if (tries === 2) throw new Error("socket");
    },
  });
  await expect(one.call(call("ann"))).rejects.toMatchObject({
    code: "worker_unavailable",
    hint: "Wait.",
    data: { sent: false },
  });
  await expect(one.call(call("ann"))).rejects.toMatchObject({
    code: "drone_lost",
    data: { sent: false },
  });
  expect(await one.call(call("ann"))).toEqual(OK);
});

test("a handshake that hangs is given up, and callers need not wait for that", async () => {
  const { client: one, clock } = made({
    open: (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("late")))),
  });
  const abort = new AbortController();
  const left = one.call({ ...call("ann"), signal: abort.signal });
  const stays = one.call(call("ann"));
  stays.catch(() => {});
  abort.abort();
  await expect(left).rejects.toMatchObject({ code: "call_cancelled", data: { sent: false } });
  await clock.advance(30_000);
  await expect(stays).rejects.toMatchObject({ code: "drone_lost" });
});
