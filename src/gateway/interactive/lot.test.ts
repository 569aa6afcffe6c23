import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { mcpRequest } from "../testing/fleet.ts";
import { Conversation } from "./conversation.ts";
import { createParkingLot, type ParkingLot } from "./lot.ts";

function conversation(): Conversation {
  const request = mcpRequest("tools/call");
  return new Conversation({ request, clock: fakeClock(), given: {}, takePlace: () => true });
}

function lotOf(maxParked: number, clock = fakeClock()): ParkingLot & { sizes: number[] } {
  let ids = 0;
  const sizes: number[] = [];
  const newId = (prefix: string): string => `${prefix}-${(ids += 1)}`;
  const onSize = (size: number): void => void sizes.push(size);
  return Object.assign(createParkingLot({ clock, newId, maxParked, parkMs: 1_000, onSize }), {
    sizes,
  });
}

test("a thousand and no more, each found again by its own name", () => {
  const lot = lotOf(1_000);
  const all = Array.from({ length: 1_000 }, conversation);
  expect(all.map((one) => lot.enter(one))).not.toContain(false);
  expect(lot.enter(conversation())).toBe(false);
  const parked = all.map((one) => lot.park(one));
  for (const [index, { park, round }] of parked.entries()) {
    expect(lot.take(park, round)).toBe(all[index]);
  }
  const [first] = all;
  if (first !== undefined) lot.leave(first);
  expect(lot.size).toBe(999);
  expect(lot.enter(conversation())).toBe(true);
});

test("whoever is parked for too long is ended, and its name is not forgotten at once", async () => {
  const clock = fakeClock();
  const lot = lotOf(1, clock);
  const one = conversation();
  const ended: string[] = [];
  one.end = () => void ended.push("ended");
  lot.enter(one);
  const { park, round, expiresAtMs } = lot.park(one);
  expect(expiresAtMs).toBe(clock.now() + 1_000);
  await clock.advance(999);
  expect(ended).toEqual([]);
  await clock.advance(1);
  expect(ended).toEqual(["ended"]);
  expect(lot.take(park, round)).toBe("used");
  expect(lot.take("park-never", 1)).toBe("unknown");
  expect(lot.size).toBe(0);
  expect(clock.pending()).toBe(0);
});

test("each round opens once, in whatever order it is tried", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ round: fc.integer({ min: 0, max: 6 }), park: fc.boolean() })),
      (steps) => {
        const lot = lotOf(1);
        const one = conversation();
        lot.enter(one);
        let current = lot.park(one);
        let isParked = true;
        for (const { round, park } of steps) {
          if (park && !isParked) {
            current = lot.park(one);
            isParked = true;
          }
          const taken = lot.take(current.park, round);
          const mayOpen = isParked && round === current.round;
          expect(taken).toBe(mayOpen ? one : "used");
          if (mayOpen) isParked = false;
        }
      },
    ),
  );
});

test("the gauge follows, and closing ends everybody", () => {
  const lot = lotOf(5);
  const all = Array.from({ length: 3 }, conversation);
  let ended = 0;
  for (const one of all) {
    one.end = () => void (ended += 1);
    lot.enter(one);
    lot.park(one);
  }
  lot.close();
  expect(ended).toBe(3);
  expect(lot.sizes).toEqual([1, 2, 3, 2, 1, 0]);
});
