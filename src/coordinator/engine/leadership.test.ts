import { expect, it } from "vitest";
import { silentLogger } from "../../telemetry/index.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { createFakeStore } from "../testing/fake-store.ts";
import { createLeadership, LEADER_LEASE } from "./leadership.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = createFakeClock(settle);
  const { leases } = createFakeStore(clock);
  const candidate = (holder: string) => {
    const told: string[] = [];
    const leadership = createLeadership({
      leases,
      holder,
      ttlMs: 3_000,
      clock,
      log: silentLogger,
      onGained: () => void told.push("gained"),
      onLost: () => void told.push("lost"),
    });
    return { leadership, told };
  };
  return { clock, leases, candidate };
}

it("has one leader, who stays it by renewing", async () => {
  const { clock, candidate } = setUp();
  const [a, b] = [candidate("a"), candidate("b")];
  await a.leadership.campaign();
  await b.leadership.campaign();
  await clock.advance(60_000);
  expect([a.leadership.leads(), b.leadership.leads()]).toEqual([true, false]);
  expect([a.told, b.told]).toEqual([["gained"], []]);
  expect(() => b.leadership.fence()).toThrow(expect.objectContaining({ code: "lease_lost" }));
});

it("hands over at once when the leader resigns", async () => {
  const { clock, candidate } = setUp();
  const [a, b] = [candidate("a"), candidate("b")];
  await a.leadership.campaign();
  await b.leadership.campaign();
  await a.leadership.resign();
  await clock.advance(1_000);
  expect([a.leadership.leads(), b.leadership.leads()]).toEqual([false, true]);
});

it("stops believing when the store is silent for longer than the lease, before anybody else may lead", async () => {
  const { clock, leases, candidate } = setUp();
  const a = candidate("a");
  await a.leadership.campaign();
  const token = a.leadership.fence().token;
  leases.renew = () => Promise.reject(new Error("no answer"));
  await clock.advance(2_900);
  expect(a.leadership.leads()).toBe(true);
  await clock.advance(101);
  expect(a.leadership.leads()).toBe(false);
  expect(() => a.leadership.fence()).toThrow(/does not lead/);
  await clock.advance(2_000);
  expect(a.told).toEqual(["gained", "lost", "gained"]);
  expect(a.leadership.fence().token).toBeGreaterThan(token);
});

it("gives back a lease that arrives after it resigned", async () => {
  const { leases, candidate } = setUp();
  const a = candidate("a");
  const campaign = a.leadership.campaign();
  await a.leadership.resign();
  await campaign;
  expect(await leases.get(LEADER_LEASE)).toBeUndefined();
  expect(a.told).toEqual([]);
});
