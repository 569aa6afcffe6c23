import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlotillaError, type FlotillaErrorCode } from "../../protocol/errors.ts";
import type { McpOutcome } from "../call.ts";
import { failure } from "../route/outcome.ts";
import { nextStep, type OnceRecord, stateAfter } from "./once-state.ts";

/** What a run can end in, and whether the worker may have acted. */
const ENDS: readonly { outcome: McpOutcome; acted: boolean }[] = [
  { outcome: result('{"content":[]}'), acted: true },
  { outcome: result('{"content":[],"isError":true}'), acted: true },
  { outcome: { kind: "input_required", result: { text: '{"requestState":"s"}' } }, acted: false },
  { outcome: { kind: "error", error: { code: -32602, message: "bad" } }, acted: true },
  { outcome: { kind: "error", error: { code: -32021, message: "missing" } }, acted: false },
  ...(["call_ambiguous", "call_timeout", "call_cancelled", "drone_lost"] as const).map((code) => ({
    outcome: failed(code),
    acted: true,
  })),
  ...(["worker_unavailable", "wake_timeout", "overloaded"] as const).map((code) => ({
    outcome: failed(code),
    acted: false,
  })),
  { outcome: failed("drone_lost", false), acted: false },
];

function result(text: string): McpOutcome {
  return { kind: "result", result: { text } };
}

function failed(code: FlotillaErrorCode, sent?: false): McpOutcome {
  return failure(new FlotillaError(code, code, { data: sent === undefined ? {} : { sent } }));
}

type Act =
  | { kind: "ask"; round: string; print: string }
  | { kind: "end"; end: number }
  | { kind: "crash" };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      round: fc.constantFrom("r0", "r1"),
      print: fc.constantFrom("p0", "p0", "p0", "p1"),
    }),
  },
  fc.record({ kind: fc.constant("end" as const), end: fc.nat(ENDS.length - 1) }),
  fc.constant<Act>({ kind: "crash" }),
);

/** A single key under requests, ends and crashes in any order; time between them stands for the whole world. */
function explore(acts: readonly Act[], isSafe: boolean) {
  let record: OnceRecord | undefined;
  let running = false;
  let isAlive = true;
  let acted = 0;
  const answers: string[] = [];
  for (const one of acts) {
    if (one.kind === "crash") {
      // The worker may or may not have acted: count the worse.
      if (running && isAlive) acted += 1;
      isAlive = false;
    } else if (one.kind === "end") {
      if (!running || !isAlive || record === undefined) continue;
      running = false;
      const end = ENDS[one.end];
      if (end === undefined) continue;
      if (end.acted) acted += 1;
      const after = stateAfter(end.outcome, { isSafe, maxChars: 1_000 });
      record = after === undefined ? undefined : { ...record, ...after };
    } else {
      const step = nextStep(record, { ...one, isSafe }, isAlive);
      if (step.do === "mark_lost" && record !== undefined) record = { ...record, state: "lost" };
      if (step.do === "answer") answers.push(JSON.stringify(step.kept));
      if (step.do === "wait") expect(running && isAlive).toBe(true);
      if (step.do !== "run") continue;
      // A crashed owner is replaced by whoever runs it next.
      expect(running && isAlive).toBe(false);
      running = true;
      isAlive = true;
      record = { state: "running", print: one.print, round: one.round, owner: "gw" };
    }
  }
  return { acted, answers, record };
}

describe("a call with a key", () => {
  test("never has its effect twice, whatever ends, crashes and repeats come in which order", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        // Questions are no effects: they may come and go any number of times before the one.
        expect(explore(acts, false).acted).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2_000 },
    );
  });

  test("whose repetition does no harm is never refused for want of knowledge", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { record } = explore(acts, true);
        expect(record?.state).not.toBe("lost");
        const asked = { print: record?.print ?? "p0", round: "r0", isSafe: true };
        expect(nextStep(record, asked, false).do).not.toBe("refuse");
      }),
    );
  });

  test("is done for good: every repeat is answered alike", () => {
    const asked = { print: "p", round: "r", isSafe: false };
    for (const { outcome } of ENDS) {
      const after = stateAfter(outcome, { isSafe: false, maxChars: 1_000 });
      if (after?.state !== "done") continue;
      const record: OnceRecord = { ...after, print: "p", round: "r", owner: "gw" };
      for (const round of ["r", "other"]) {
        expect(nextStep(record, { ...asked, round }, false)).toEqual({
          do: "answer",
          kept: after.kept,
        });
      }
    }
  });
});

test("the same key for another call is refused in every state", () => {
  for (const state of ["running", "asking", "done", "lost"] as const) {
    const record: OnceRecord = { state, print: "p", round: "r", owner: "gw" };
    const step = nextStep(record, { print: "q", round: "r", isSafe: true }, true);
    expect(step).toEqual({ do: "refuse", why: "other_call" });
  }
});

test("a question is asked again alike; answers to it run the call", () => {
  const kept = { kind: "input_required" as const, text: "{}" };
  const record: OnceRecord = { state: "asking", print: "p", round: "r0", owner: "gw", kept };
  expect(nextStep(record, { print: "p", round: "r0", isSafe: false }, true)).toMatchObject({
    kept,
  });
  expect(nextStep(record, { print: "p", round: "r1", isSafe: false }, true)).toEqual({ do: "run" });
});

test("an answer too long to keep is remembered as having been", () => {
  const after = stateAfter(result("x".repeat(100)), { isSafe: false, maxChars: 99 });
  expect(after).toEqual({ state: "done", kept: { kind: "too_large" } });
});
