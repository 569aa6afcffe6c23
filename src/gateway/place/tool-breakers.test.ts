import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { createToolBreakers } from "./tool-breakers.ts";

describe("a tool that keeps failing", () => {
  const failed = (breakers: ReturnType<typeof createToolBreakers>, times: number): void => {
    for (let n = 0; n < times; n += 1) breakers.begin("w", "slow").ended(false);
  };

  it("is refused at once with the time of the next try; other tools and workers go on", async () => {
    const clock = fakeClock();
    const breakers = createToolBreakers(clock);
    failed(breakers, 5);
    expect(() => breakers.begin("w", "slow")).toThrow(
      expect.objectContaining({
        code: "worker_unavailable",
        retryAfterMs: 5_000,
        data: { worker: "w", tool: "slow", sent: false },
      }),
    );
    breakers.begin("w", "quick").ended(true);
    breakers.begin("v", "slow").ended(true);
    await clock.advance(5_000);
    const trial = breakers.begin("w", "slow");
    expect(() => breakers.begin("w", "slow")).toThrow("kept failing");
    trial.ended(true);
    breakers.begin("w", "slow").ended(true);
  });

  it("is not one that failed a few times, nor one whose calls were cancelled", () => {
    const breakers = createToolBreakers(fakeClock());
    failed(breakers, 4);
    breakers.begin("w", "slow").ended(true);
    failed(breakers, 4);
    for (let n = 0; n < 10; n += 1) breakers.begin("w", "slow").ended(undefined);
    breakers.begin("w", "slow").ended(true);
  });
});
