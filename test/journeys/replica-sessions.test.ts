/** One session, another gateway for every request: what a legacy client may rely on holds all the same. */
import type { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaysOf, startTally, type TallyFleet } from "./gateways.ts";
import { connections, type OpenStream, SessionClient, textOf } from "./session-client.ts";
import { waitFor } from "./wait.ts";

const GATEWAYS = 3;
const soon = { deadlineMs: 10_000 };

describe.skipIf(process.platform === "win32")("a session over three gateways", () => {
  let fleet: TallyFleet;
  /** Every request on a new connection: gateways take turns. */
  let agent: Agent;
  const client = (): Promise<SessionClient> => new SessionClient(fleet.url, agent).open();
  /** Once per gateway, so that each has been asked. */
  const thrice = async <T>(step: () => Promise<T>): Promise<T[]> => {
    const answers: T[] = [];
    for (let turn = 0; turn < GATEWAYS; turn++) answers.push(await step());
    return answers;
  };
  const has = (stream: OpenStream, text: string): boolean =>
    stream.events.some(({ message }) => JSON.stringify(message).includes(text));
  const seen = (stream: OpenStream, text: string): Promise<true> =>
    waitFor(() => has(stream, text), { what: text, ...soon });

  /** The way from the worker to a new listener is open a moment after the subscription was taken. */
  const touched = (session: SessionClient, stream: OpenStream): Promise<true> =>
    waitFor(
      async () => {
        await session.call("touch");
        return has(stream, "resources/updated");
      },
      { what: "an update", ...soon },
    );

  beforeAll(async () => {
    fleet = await startTally(GATEWAYS);
    agent = connections(false);
  });
  afterAll(async () => {
    agent.destroy();
    await fleet[Symbol.asyncDispose]();
  });

  /** The process that holds a stream is not known to its client, nor here: all are killed, one after the other. */
  async function killAll(): Promise<void> {
    for (const { pid } of gatewaysOf(fleet.flotilla)) {
      process.kill(pid, "SIGKILL");
      await waitFor(
        async () => {
          const now = gatewaysOf(fleet.flotilla);
          if (now.length < GATEWAYS || now.some((each) => each.pid === pid)) return false;
          const response = await fetch(`${fleet.flotilla.url}/ready`).catch(() => undefined);
          return response?.ok === true;
        },
        { what: "the next gateway", ...soon },
      );
    }
  }

  test("is known to all, and its log level too", async () => {
    const session = await client();
    await thrice(() => session.ask("ping")).then((answers) =>
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]),
    );
    const levels = async (): Promise<string[]> =>
      (await session.ask("tools/call", { name: "chat", arguments: {} })).messages.flatMap(
        ({ params }) => (params === undefined ? [] : [String(params["level"])]),
      );
    await session.ask("logging/setLevel", { level: "error" });
    expect(await thrice(levels)).toEqual([["error"], ["error"], ["error"]]);
    await session.ask("logging/setLevel", { level: "debug" });
    const all = ["debug", "info", "error"];
    expect(await thrice(levels)).toEqual([all, all, all]);
  });

  test("ends everywhere with its DELETE, and opens no other door", async () => {
    const session = await client();
    const other = new SessionClient(`${fleet.flotilla.url}/mcp`, agent);
    other.sessionId = session.sessionId;
    expect((await other.ask("ping")).status).toBe(404);
    await thrice(() => session.ask("ping"));
    expect(await session.end()).toBe(204);
    const after = await thrice(() => session.ask("ping"));
    expect(after.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await session.end()).toBe(404);
  });

  test("an id that was changed or made up is no session", async () => {
    const session = await client();
    const id = session.sessionId ?? "";
    for (const wrong of [`${id}A`, id.slice(0, -1), `B${id.slice(1)}`, "session-1", "%00"]) {
      session.sessionId = wrong;
      expect((await session.ask("ping")).status).toBe(404);
    }
  });

  test("a standing stream at one gateway hears what was subscribed at another, once", async () => {
    const session = await client();
    const stream = await session.stream();
    await session.ask("resources/subscribe", { uri: "tally://sheet" });
    await touched(session, stream);
    const second = await session.stream();
    await touched(session, second);
    const before = [stream.events.length, second.events.length];
    await waitFor(
      async () => {
        await session.call("touch");
        return second.events.length > (before[1] ?? 0);
      },
      { what: "one more", ...soon },
    );
    // The newest connection has it, and no other (2025-11-25, transports: one of the streams).
    expect(stream.events.length).toBe(before[0]);
    await session.ask("resources/unsubscribe", { uri: "tally://sheet" });
    await waitFor(async () => textOf(await session.call("touch")) === "", {
      what: "no subscription at the worker",
      ...soon,
    });
    for (const each of [stream, second]) each.close();
  });

  test("a call is cancelled by a notification that another gateway got", async () => {
    const session = await client();
    const message = {
      id: "c1",
      method: "tools/call",
      params: { name: "hold", arguments: { name: "to-cancel" } },
    };
    const answer = session.send(message).catch((error: unknown) => error);
    await waitFor(() => fleet.executed().has("to-cancel"), { what: "the call", ...soon });
    await session.send({ method: "notifications/cancelled", params: { requestId: "c1" } });
    await waitFor(async () => textOf(await session.call("cancelled")).includes("to-cancel"), {
      what: "the worker to hear of it",
      ...soon,
    });
    await answer;
  });

  test("an answer to a worker's question reaches the call that waits, wherever it is posted", async () => {
    const session = await new SessionClient(fleet.askerUrl, agent).open({ elicitation: {} });
    const stream = await session.stream({
      message: { id: "e1", method: "tools/call", params: { name: "ask", arguments: {} } },
    });
    await seen(stream, "elicitation/create");
    const question = stream.events.find(({ message }) => message.method === "elicitation/create");
    const result = { action: "accept", content: { word: "harbour" } };
    const id = question?.message.id;
    if (id === undefined) throw new Error("a question has an id");
    await session.send({ id, result });
    await seen(stream, "the word is harbour");
  });

  test("a broken stream is resumed at another gateway, in place", async () => {
    const session = await client();
    const params = { name: "hold", arguments: { name: "resumed" }, _meta: { progressToken: "p" } };
    const stream = await session.stream({ message: { id: "r1", method: "tools/call", params } });
    await seen(stream, "notifications/progress");
    const lastEventId = stream.lastEventId() ?? "";
    stream.close();
    const [one, two] = [
      await session.stream({ lastEventId }),
      await session.stream({ lastEventId }),
    ];
    expect(textOf(await session.call("release", { name: "resumed" }))).toBe("released");
    // The newest connection gets it; the older one of the same stream is only kept open.
    await waitFor(() => has(one, "held resumed") || has(two, "held resumed"), {
      what: "the answer",
      ...soon,
    });
    // Nothing comes twice.
    expect(one.events.length + two.events.length).toBeLessThanOrEqual(2);
    const later = await session.stream({ lastEventId });
    await seen(later, "held resumed");
    await waitFor(() => later.ended, { what: "the end of the stream", ...soon });
    expect(fleet.executed().get("resumed")).toBe(1);
  });

  test("an answer that nobody took outlives its gateway; a call that did not finish is told to be lost", async () => {
    const session = await client();
    const hold = (name: string) =>
      session.stream({
        message: {
          id: name,
          method: "tools/call",
          params: { name: "hold", arguments: { name }, _meta: { progressToken: name } },
        },
      });
    const [done, open] = [await hold("done"), await hold("open")];
    await seen(done, "notifications/progress");
    await seen(open, "notifications/progress");
    const [doneId, openId] = [done.lastEventId() ?? "", open.lastEventId() ?? ""];
    done.close();
    open.close();
    await session.call("release", { name: "done" });
    // Its gateway has written the answer down when another one can read it there.
    const check = await session.stream({ lastEventId: doneId });
    await seen(check, "held done");
    await killAll();
    const resumed = await session.stream({ lastEventId: doneId });
    await seen(resumed, "held done");
    const lost = await session.stream({ lastEventId: openId });
    await seen(lost, "call_ambiguous");
    expect(lost.events.at(-1)?.message.id).toBe("open");
    expect(fleet.executed().get("open")).toBe(1);
  });

  test("a standing stream that moves to a new gateway is told what it may have missed", async () => {
    const session = await client();
    const stream = await session.stream();
    await session.ask("resources/subscribe", { uri: "tally://sheet" });
    await touched(session, stream);
    const lastEventId = stream.lastEventId() ?? "";
    await killAll();
    await waitFor(() => stream.ended, { what: "the stream to break", ...soon });
    const next = await session.stream({ lastEventId });
    await seen(next, "resources/updated");
    await seen(next, "tools/list_changed");
    await waitFor(async () => textOf(await session.call("touch")) === "tally://sheet", {
      what: "the subscription at the worker",
      ...soon,
    });
    next.close();
  });

  test("after all that the worker was started once and initialised once", () => {
    expect(fleet.starts().map((line) => line.split(" ")[0])).toEqual(["start", "initialize"]);
  });
});
