import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FleetEvent } from "../../protocol/api.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { createFakeStore } from "../testing/fake-store.ts";
import { createStage } from "../testing/stage.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { createEventFeed, EVENT_TOPICS } from "./feed.ts";
import { createEventRecorder } from "./recorder.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = createFakeClock(settle);
  const { events } = createFakeStore(clock);
  const recorder = createEventRecorder({
    events,
    clock,
    telemetry: silentTelemetry,
    keep: { logs: 100 },
  });
  return { clock, events, recorder, feed: createEventFeed({ events, clock }) };
}
const log = (message: string, worker = "alpha") => ({
  level: "info" as const,
  source: worker,
  worker,
  message,
});
const told = (events: readonly FleetEvent[]) =>
  events.map((event) => (event.topic === "logs" ? event.log.message : event.topic));

describe("the recorder", () => {
  it("writes drone output as log lines, trimmed to what is kept", async () => {
    const { clock, events, recorder } = setUp();
    for (let i = 0; i < 1_200; i++)
      recorder.droneOutput({ worker: "alpha", claimId: "drone-1", text: `line ${i}` });
    await clock.advance(100);
    await recorder.flush();
    const kept = await events.tail("logs", 10_000);
    expect(kept.length).toBeLessThanOrEqual(600);
    expect(kept.at(-1)?.value).toEqual({
      topic: "logs",
      log: {
        level: "info",
        source: "alpha",
        worker: "alpha",
        drone: "drone-1",
        message: "line 1199",
      },
    });
  });

  it("never holds more than its bound, and goes on after the store failed", async () => {
    const { clock, events, recorder } = setUp();
    const working = { ...events };
    events.append = () => Promise.reject(new Error("disk full"));
    for (let i = 0; i < 25_000; i++) recorder.recordLog(log(`lost ${i}`));
    await clock.advance(100);
    Object.assign(events, working);
    recorder.recordLog(log("kept"));
    await recorder.close();
    recorder.recordLog(log("too late"));
    await clock.advance(100);
    expect((await events.tail("logs", 10)).map((event) => event.value)).toMatchObject([
      { log: { message: "kept" } },
    ]);
  });
});

describe("the feed", () => {
  it("pages through several topics without losing or repeating any event", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...EVENT_TOPICS), { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (story, limit) => {
          const { clock, events, feed } = setUp();
          for (const [i, topic] of story.entries()) {
            await events.append(topic, [{ n: i, worker: "alpha" }]);
            if (i % 3 === 0) await clock.advance(1);
          }
          const topics = [...EVENT_TOPICS];
          const seen: string[] = [];
          let after = "calls:0,drones:0,logs:0,health:0";
          for (;;) {
            const page = await feed.read({ topics, after }, limit);
            expect(page.length).toBeLessThanOrEqual(limit);
            if (page.length === 0) break;
            seen.push(
              ...page.map((event) =>
                JSON.stringify({ ...event, offset: undefined, atMs: undefined }),
              ),
            );
            after = page.at(-1)?.offset ?? "";
          }
          expect(seen).toHaveLength(story.length);
          expect(new Set(seen).size).toBe(story.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("shows the newest when no offset is given, and only one worker's when asked", async () => {
    const { recorder, feed } = setUp();
    for (let i = 0; i < 30; i++)
      recorder.recordLog(log(`line ${i}`, i % 2 === 0 ? "alpha" : "beta"));
    await recorder.flush();
    expect(told(await feed.read({ topics: ["logs"] }, 2))).toEqual(["line 28", "line 29"]);
    expect(told(await feed.read({ topics: ["logs"], worker: "alpha" }, 2))).toEqual([
      "line 26",
      "line 28",
    ]);
  });

  it("keeps cursors whole", () => {
    fc.assert(
      fc.property(
        fc.subarray([...EVENT_TOPICS], { minLength: 1 }),
        fc.string({ minLength: 1, maxLength: 20 }),
        (topics, offset) => {
          fc.pre(!offset.includes(":") || topics.length > 1);
          const cursor = new Map(topics.map((topic) => [topic, offset] as const));
          expect(decodeCursor(encodeCursor(cursor), topics)).toEqual(cursor);
        },
      ),
    );
  });
});

async function open(query: string) {
  const s = createStage({ settle });
  const abort = new AbortController();
  const url = `http://localhost/api/v1/events/stream?${query}`;
  const response = await s.coordinator.fetch(new Request(url, { signal: abort.signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<string> => (await reader?.read())?.value ?? "end";
  return { s, abort, response, read };
}

describe("the stream", () => {
  it("tells events as they come and keeps the connection alive between them", async () => {
    const { s, abort, response, read } = await open("topic=logs&topic=calls");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await read()).toMatch(/^: /);
    const next = read();
    await settle();
    s.coordinator.logs.recordLog(log("hello"));
    await s.coordinator.logs.flush();
    const text = await next;
    expect(text).toMatch(/^id: logs:\d+\ndata: \{.*"hello".*\}\n\n$/);
    const silence = read();
    await settle();
    await s.clock.advance(15_000);
    expect(await silence).toBe(": keep-alive\n\n");
    abort.abort();
    await settle();
    expect(await read()).toBe("end");
  });

  it("resumes after an offset", async () => {
    const { s, read } = await open("topic=logs&after=000000000001");
    for (const message of ["first", "second"]) {
      s.coordinator.logs.recordLog(log(message));
      await s.coordinator.logs.flush();
    }
    await read();
    const text = await read();
    expect(text).toContain("second");
    expect(text).not.toContain("first");
  });
});
