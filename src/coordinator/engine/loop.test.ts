import { describe, expect, it } from "vitest";
import { createFakeClock } from "../testing/fake-clock.ts";
import { createLoop, type LoopOptions } from "./loop.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const nothing = (): void => undefined;

function setUp(
  pass: (key: string) => Promise<number | undefined>,
  options: Partial<LoopOptions> = {},
) {
  const clock = createFakeClock(settle);
  const errors: unknown[] = [];
  const onError = (_key: string, error: unknown): void => void errors.push(error);
  const loop = createLoop({ clock, random: () => 0, concurrency: 2, pass, onError, ...options });
  return { clock, errors, loop };
}

describe("the loop", () => {
  it("runs a key once however often it is named, and once more when it is named meanwhile", async () => {
    const gates: (() => void)[] = [];
    const { loop } = setUp(() => new Promise((resolve) => gates.push(() => resolve(undefined))));
    for (let i = 0; i < 10; i++) loop.enqueue("a");
    expect(gates).toHaveLength(1);
    for (let i = 0; i < 10; i++) loop.enqueue("a");
    expect(gates).toHaveLength(1);
    gates[0]?.();
    await settle();
    expect(gates).toHaveLength(2);
    gates[1]?.();
    await settle();
    expect(gates).toHaveLength(2);
  });

  it("works on so many keys at a time and no more, each in its turn", async () => {
    let running = 0;
    let most = 0;
    const done: string[] = [];
    const { loop } = setUp(async (key) => {
      most = Math.max(most, (running += 1));
      await settle();
      running -= 1;
      done.push(key);
      return undefined;
    });
    await Promise.all(["a", "b", "c", "d", "e"].map((key) => loop.run(key)));
    expect([most, done]).toEqual([2, ["a", "b", "c", "d", "e"]]);
  });

  it("looks again when it was asked to", async () => {
    let passes = 0;
    const { clock, loop } = setUp(async () => {
      passes += 1;
      return passes < 3 ? clock.now() + 1_000 : undefined;
    });
    loop.enqueue("a");
    await clock.advance(999);
    expect(passes).toBe(1);
    await clock.advance(1_001);
    expect(passes).toBe(3);
    await clock.advance(100_000);
    expect(passes).toBe(3);
  });

  it("backs off a key that fails, alone, and still runs it at once when something changes", async () => {
    const passes = { bad: 0, good: 0 };
    const { clock, loop, errors } = setUp(async (key) => {
      passes[key === "bad" ? "bad" : "good"] += 1;
      if (key === "bad") throw new Error("no");
      return undefined;
    });
    loop.enqueue("bad");
    await clock.advance(100_000);
    // 50 ms doubling to 15 s.
    expect(passes.bad).toBeGreaterThan(8);
    expect(passes.bad).toBeLessThan(20);
    expect(errors).toHaveLength(passes.bad);
    const before = passes.bad;
    loop.enqueue("good");
    loop.enqueue("bad");
    await settle();
    expect(passes).toEqual({ bad: before + 1, good: 1 });
  });

  it("stops after the pass under way, and leaves nobody waiting", async () => {
    let release = nothing;
    let passes = 0;
    const { loop } = setUp(() => {
      passes += 1;
      return new Promise((resolve) => {
        release = () => resolve(undefined);
      });
    });
    const first = loop.run("a");
    const second = loop.run("a");
    const stopped = loop.stop();
    await second;
    release();
    await Promise.all([first, stopped, loop.run("a")]);
    expect(passes).toBe(1);
  });
});
