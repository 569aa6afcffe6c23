import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventSink } from "../exchange.ts";
import { DEFAULT_FRONT_LIMITS } from "../limits.ts";
import { SessionStreams } from "./streams.ts";

/** A connection that keeps what it is given until it breaks. */
function createConnection(seen: string[]) {
  let isOpen = true;
  let lastId: string | undefined;
  const sink: EventSink = {
    write(text) {
      if (!isOpen) return;
      for (const [, id, data] of text.matchAll(/id: (\S+)\nevent: message\ndata: (.+)\n\n/g)) {
        lastId = id;
        if (data !== undefined) seen.push(data);
      }
    },
    backlog: () => 0,
    end: () => (isOpen = false),
  };
  return { sink, break: () => (isOpen = false), lastId: () => lastId, isOpen: () => isOpen };
}

type Step = "put" | "push" | "break" | "resume";
const steps = fc.array(fc.constantFrom<Step>("put", "put", "push", "break", "resume"), {
  maxLength: 60,
});

test("however often the connection breaks, a client that resumes sees each event once, in order", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const streams = new SessionStreams({ limits: DEFAULT_FRONT_LIMITS });
      const seen: string[] = [];
      let connection = createConnection(seen);
      const stream = streams.open(connection.sink);
      let lose = (): void => stream.lose();
      let lastId: string | undefined;
      const put: string[] = [];
      const say = (): void => {
        put.push(`m${put.length}`);
        stream.put(put.at(-1) ?? "");
      };
      const resume = (): void => {
        connection.break();
        lose();
        lastId = connection.lastId() ?? lastId;
        connection = createConnection(seen);
        lose = streams.attach(connection.sink, lastId);
      };
      say();
      for (const step of script) {
        if (step === "put") say();
        if (step === "push") streams.push("unrelated");
        if (step === "resume") resume();
        if (step === "break") {
          lastId = connection.lastId() ?? lastId;
          connection.break();
        }
      }
      say();
      stream.end();
      resume();
      expect(seen.filter((text) => text !== "unrelated")).toEqual(put);
      expect(connection.isOpen()).toBe(false);
    }),
  );
});

test("memory stays within its bounds, and forgotten streams leave nothing behind", () => {
  const limits = { ...DEFAULT_FRONT_LIMITS, maxReplayEvents: 5, maxReplayBytes: 50 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 40 }), (sizes) => {
      const streams = new SessionStreams({ limits });
      for (const size of sizes) {
        const stream = streams.open(createConnection([]).sink);
        stream.put("x".repeat(size));
        stream.end();
      }
      const seen: string[] = [];
      for (let number = 1; number <= sizes.length; number += 1) {
        const { sink } = createConnection(seen);
        streams.attach(sink, `${number}-0`)();
      }
      expect(seen.length).toBeLessThanOrEqual(5);
      expect(seen.join("").length).toBeLessThanOrEqual(50);
      expect(streams.connected).toBe(0);
    }),
  );
});
