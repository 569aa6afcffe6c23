import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTurnEnd } from "./turn-end.node.ts";

const recorder = () => {
  const written: number[] = [];
  const writing = (id: number) => ({ writeNow: () => void written.push(id) });
  return { written, writing };
};

describe("turn end", () => {
  it("holds writes back until the turn is over, and keeps their order", async () => {
    const { written, writing } = recorder();
    const turnEnd = createTurnEnd();
    for (const id of [1, 2, 3]) turnEnd.add(writing(id));
    await Promise.resolve();
    expect(written).toEqual([]);
    await setImmediate();
    expect(written).toEqual([1, 2, 3]);
    turnEnd.add(writing(4));
    await setImmediate();
    expect(written).toEqual([1, 2, 3, 4]);
  });

  it("writes at once when told to, and once only", async () => {
    const { written, writing } = recorder();
    const turnEnd = createTurnEnd();
    turnEnd.add(writing(1));
    turnEnd.flush();
    expect(written).toEqual([1]);
    await setImmediate();
    expect(written).toEqual([1]);
  });

  it("holds no more than a bound back", () => {
    const { written, writing } = recorder();
    const turnEnd = createTurnEnd();
    for (let id = 0; id < 256; id += 1) turnEnd.add(writing(id));
    expect(written).toHaveLength(256);
  });

  it("writes what is added while it writes", async () => {
    const { written, writing } = recorder();
    const turnEnd = createTurnEnd();
    turnEnd.add({ writeNow: () => turnEnd.add(writing(2)) });
    await setImmediate();
    await setImmediate();
    expect(written).toEqual([2]);
  });
});
