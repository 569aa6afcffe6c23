import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ItemRecord } from "../../protocol/batches.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { McpOutcome } from "../call.ts";
import { failure } from "../route/outcome.ts";
import { mayStart, placeOf, type Repeatable, type Verdict, verdictOf } from "./item-state.ts";

const result = (text: string): McpOutcome => ({ kind: "result", result: { text } });
const DONE: McpOutcome = result('{"resultType":"complete","content":[]}');
const UNSENT = failure(
  new FlotillaError("worker_unavailable", "asleep", { retryable: true, data: { sent: false } }),
);
const LOST = failure(new FlotillaError("call_ambiguous", "lost"));
const again = (claim: number, runs = 0): ItemRecord => ({ state: "again", claim, runs, atMs: 0 });

describe("a claimed item", () => {
  test.each<[string, ItemRecord | undefined, number, Repeatable, object]>([
    ["is called at first", undefined, 1, "never", { do: "call", runs: 0 }],
    ["is called again when it was given back", again(1), 2, "never", { do: "call", runs: 0 }],
    ["is not when its claimant was lost", undefined, 2, "never", { do: "end", state: "ambiguous" }],
    ["nor when a later one was", again(1), 3, "never", { do: "end", state: "ambiguous" }],
    ["is when a repeat does no harm", undefined, 2, "freely", { do: "call", runs: 1 }],
    ["or is told apart by its key", again(1, 1), 3, "with_key", { do: "call", runs: 2 }],
    ["but not for ever", again(1, 2), 3, "freely", { do: "end", state: "failed", runs: 3 }],
    [
      "is left when it has ended",
      { state: "failed", runs: 1, atMs: 0 },
      2,
      "never",
      { do: "nothing" },
    ],
  ])("%s", (...[, record, attempt, repeatable, expected]) => {
    expect(mayStart(record, { attempt, repeatable, maxRuns: 3 })).toMatchObject(expected);
  });
});

describe("a call that has ended", () => {
  const made = { attempt: 1, runs: 0, maxRuns: 3, ending: undefined };
  const error = (code: "bad_request" | "store_unreadable", retryable = false) =>
    failure(new FlotillaError(code, "no", { retryable }));
  test.each<[string, McpOutcome, Repeatable, object]>([
    ["well", DONE, "never", { do: "end", state: "succeeded", runs: 1 }],
    [
      "with a tool's own error",
      result('{"content":[],"isError":true}'),
      "freely",
      { state: "failed" },
    ],
    ["with a task", result('{"resultType":"task"}'), "freely", { do: "end", state: "failed" }],
    [
      "with a question",
      { kind: "input_required", result: { text: "{}" } },
      "never",
      { do: "end", state: "failed" },
    ],
    ["before it was sent", UNSENT, "never", { do: "again", runs: 0 }],
    ["because the store was away", error("store_unreadable"), "with_key", { do: "again", runs: 0 }],
    ["nobody knows how", LOST, "never", { do: "end", state: "ambiguous", runs: 1 }],
    ["nobody knows how, and may run again", LOST, "freely", { do: "again", runs: 1 }],
    [
      "and was wrong in itself",
      error("bad_request"),
      "freely",
      { do: "end", state: "failed", runs: 0 },
    ],
    [
      "with the worker's refusal",
      { kind: "error", error: { code: -32602, message: "no" } },
      "freely",
      { do: "end", state: "failed" },
    ],
  ])("%s", (...[, outcome, repeatable, expected]) => {
    expect(verdictOf(outcome, { ...made, repeatable })).toMatchObject(expected);
  });

  test("because the batch ends is dropped if it never ran, and told if it may have", () => {
    const ending = "batch" as const;
    expect(verdictOf(UNSENT, { ...made, repeatable: "never", ending })).toEqual({ do: "drop" });
    expect(verdictOf(LOST, { ...made, repeatable: "never", ending })).toMatchObject({
      state: "ambiguous",
    });
  });

  test("because the gateway ends goes on elsewhere, however often it ran", () => {
    const given = { ...made, runs: 9, repeatable: "freely" as const, ending: "gateway" as const };
    expect(verdictOf(LOST, given)).toMatchObject({ do: "again", runs: 10 });
  });

  test("is not tried again at once, nor in an hour", () => {
    const pauses = [1, 2, 9, 400].map((attempt) => {
      const verdict = verdictOf(UNSENT, { ...made, attempt, repeatable: "never" });
      return verdict.do === "again" ? verdict.afterMs : 0;
    });
    expect(pauses).toEqual([250, 500, 10_000, 10_000]);
  });
});

test("results go where they fit", () => {
  const share = 10_000;
  expect(
    ["x".repeat(4096), "x".repeat(4097), "x".repeat(10_001)].map((t) => placeOf(t, share)),
  ).toEqual(["inline", "apart", "dropped"]);
});

/** One item, its record and its queue entry; claimants take steps in any order, stop for ever, or wake up much later. */
class World {
  record: ItemRecord | undefined;
  version = 0;
  executed = 0;
  /** The claim that counts; 0: none. */
  current = 0;
  attempts = 0;
  isDone = false;
  readonly ends: string[] = [];
  readonly claimants: Generator<void>[] = [];
  readonly #repeatable: Repeatable;

  constructor(repeatable: Repeatable) {
    this.#repeatable = repeatable;
  }

  claim(outcome: McpOutcome): void {
    if (this.current !== 0 || this.isDone) return;
    this.attempts += 1;
    this.current = this.attempts;
    this.claimants.push(this.#work(this.attempts, outcome));
  }

  lapse(): void {
    this.current = 0;
  }

  step(which: number): void {
    this.claimants[which % Math.max(1, this.claimants.length)]?.next();
  }

  *#work(attempt: number, outcome: McpOutcome): Generator<void> {
    const claim = { attempt, repeatable: this.#repeatable, maxRuns: 3 };
    for (;;) {
      const seen = {
        record: attempt === 1 ? undefined : this.record,
        version: attempt === 1 ? 0 : this.version,
      };
      yield;
      const start = mayStart(seen.record, claim);
      if (start.do === "nothing") break;
      if (start.do === "end") {
        if (this.#write(start, seen.version, attempt)) break;
        continue;
      }
      if (outcome !== UNSENT) this.executed += 1;
      yield;
      const said = verdictOf(outcome, { ...claim, runs: start.runs, ending: undefined });
      if (said.do === "drop") return;
      let isWritten = this.#write(said, seen.version, attempt);
      // An end goes over another's word that its own try failed.
      if (said.do === "end" && this.record?.state === "again")
        isWritten = this.#write(said, this.version, attempt);
      yield;
      if (said.do !== "again") break;
      if (isWritten && this.current === attempt) this.current = 0;
      return;
    }
    yield;
    if (this.current !== attempt) return;
    this.isDone = true;
  }

  #write(said: Exclude<Verdict, { do: "drop" }>, version: number, claim: number): boolean {
    if (version !== this.version) return false;
    this.version += 1;
    const { runs } = said;
    if (said.do === "again") this.record = { state: "again", claim, runs, atMs: 0 };
    else {
      this.record = { state: said.state, runs, atMs: 0 };
      this.ends.push(said.state);
    }
    return true;
  }
}

const outcomes = fc.constantFrom(DONE, UNSENT, LOST);
const moves = fc.array(
  fc.oneof(
    fc.record({ move: fc.constant("claim" as const), outcome: outcomes }),
    fc.record({ move: fc.constant("step" as const), which: fc.nat(9) }),
    fc.record({ move: fc.constant("lapse" as const) }),
  ),
  { minLength: 5, maxLength: 60 },
);

test.each<Repeatable>(["never", "freely", "with_key"])(
  "whoever stops or wakes up when: one end, and the truth about it (repeatable: %s)",
  (repeatable) => {
    fc.assert(
      fc.property(moves, (all) => {
        const world = new World(repeatable);
        for (const one of all) {
          if (one.move === "claim") world.claim(one.outcome);
          else if (one.move === "step") world.step(one.which);
          else world.lapse();
        }
        // In the end everybody who still lives goes on, and the item is claimed until it is done.
        for (let turn = 0; turn < 200 && !world.isDone; turn += 1) {
          for (let which = 0; which < world.claimants.length; which += 1) world.step(which);
          if (turn % 20 === 19) world.lapse();
          world.claim(DONE);
        }
        expect(world.isDone).toBe(true);
        expect(world.ends).toHaveLength(1);
        if (repeatable === "never") expect(world.executed).toBeLessThanOrEqual(1);
        if (world.ends[0] === "succeeded") expect(world.executed).toBeGreaterThan(0);
        if (world.executed === 0) expect(world.ends[0]).not.toBe("succeeded");
      }),
      { numRuns: 2_000 },
    );
  },
);
