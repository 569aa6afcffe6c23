import { expect, it } from "vitest";
import { FlotillaError } from "../../protocol/errors.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { untilListening } from "./until-listening.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function probing(...outcomes: (FlotillaError | undefined)[]) {
  const clock = createFakeClock(settle);
  const abort = new AbortController();
  let probes = 0;
  let outcome = "open";
  const probe = async (): Promise<void> => {
    const error = outcomes[Math.min(probes, outcomes.length - 1)];
    probes += 1;
    if (error !== undefined) throw error;
  };
  const over = untilListening(probe, { clock, signal: abort.signal }).then(
    () => void (outcome = "done"),
    (error: Error) => void (outcome = error.message),
  );
  return { clock, abort, over, probes: () => probes, outcome: () => outcome };
}

const nobody = new FlotillaError("drone_lost", "nobody there");

it("asks again while nobody listens", async () => {
  const at = probing(nobody, nobody, undefined);
  await at.clock.advance(1_000);
  await at.over;
  expect([at.probes(), at.outcome()]).toEqual([3, "done"]);
});

it("takes an answer that is no handshake for an answer", async () => {
  const at = probing(new FlotillaError("drone_protocol", "prose"));
  await at.over;
  expect([at.probes(), at.outcome()]).toEqual([1, "prose"]);
});

it("stops when its time is up, also between two tries", async () => {
  const at = probing(nobody);
  await at.clock.advance(350);
  at.abort.abort(new Error("time is up"));
  await at.over;
  const probes = at.probes();
  await at.clock.advance(1_000);
  expect([at.probes(), at.outcome()]).toEqual([probes, "time is up"]);
});
