import { expect } from "vitest";
import { codeOf, range } from "./bench.ts";
import type { StoreCase } from "./case.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export const leaseCases: StoreCase[] = [
  {
    id: "leases.exclusive",
    title: "gives a lease to one holder at a time, and says who holds it",
    async run({ store: { leases }, now, unitMs }) {
      expect(await leases.get("l")).toBeUndefined();
      const lease = await leases.acquire("l", "a", 10 * unitMs);
      expect(lease).toMatchObject({ name: "l", holder: "a" });
      expect(lease!.expiresAtMs).toBeGreaterThan(now());
      expect(await leases.acquire("l", "b", unitMs)).toBeUndefined();
      expect(await leases.get("l")).toEqual(lease);
      expect(await leases.acquire("other", "b", unitMs)).toMatchObject({ holder: "b" });
    },
  },
  {
    id: "leases.again",
    title:
      "gives its holder the lease again with a larger token, which makes the older one worthless",
    async run({ store: { leases }, unitMs }) {
      const first = (await leases.acquire("l", "a", 10 * unitMs))!;
      const second = (await leases.acquire("l", "a", 10 * unitMs))!;
      expect(second.token).toBeGreaterThan(first.token);
      expect(await leases.renew(first, 10 * unitMs)).toBeUndefined();
      await leases.release(first);
      expect(await leases.get("l")).toEqual(second);
    },
  },
  {
    id: "leases.expiry",
    title: "frees a lease that was not renewed; the late holder can neither renew nor release it",
    async run({ store: { leases }, pass, unitMs }) {
      const late = (await leases.acquire("l", "a", 2 * unitMs))!;
      await pass(3);
      expect(await leases.get("l")).toBeUndefined();
      expect(await leases.renew(late, 10 * unitMs)).toBeUndefined();
      const next = (await leases.acquire("l", "b", 10 * unitMs))!;
      expect(next.token).toBeGreaterThan(late.token);
      expect(await leases.renew(late, 10 * unitMs)).toBeUndefined();
      await leases.release(late);
      expect(await leases.get("l")).toEqual(next);
    },
  },
  {
    id: "leases.renew",
    title: "keeps a renewed lease, with the same token and a later expiry",
    async run({ store: { leases }, pass, unitMs }) {
      let lease = (await leases.acquire("l", "a", 5 * unitMs))!;
      for (let rounds = 0; rounds < 3; rounds += 1) {
        await pass(2);
        const renewed = (await leases.renew(lease, 5 * unitMs))!;
        expect(renewed.token).toBe(lease.token);
        expect(renewed.expiresAtMs).toBeGreaterThan(lease.expiresAtMs);
        expect(await leases.acquire("l", "b", unitMs)).toBeUndefined();
        lease = renewed;
      }
      expect(await leases.get("l")).toEqual(lease);
    },
  },
  {
    id: "leases.release",
    title: "frees a released lease at once; releasing again does nothing",
    async run({ store: { leases }, unitMs }) {
      const first = (await leases.acquire("l", "a", 10 * unitMs))!;
      await leases.release(first);
      await leases.release(first);
      expect(await leases.get("l")).toBeUndefined();
      expect(await leases.renew(first, unitMs)).toBeUndefined();
      const second = (await leases.acquire("l", "b", 10 * unitMs))!;
      expect(second.token).toBeGreaterThan(first.token);
      await leases.release(first);
      expect(await leases.get("l")).toEqual(second);
    },
  },
  {
    id: "leases.concurrent",
    title: "lets exactly one of many concurrent holders win",
    async run({ store: { leases }, unitMs }) {
      for (const round of range(5)) {
        const won = await Promise.all(
          range(20).map((n) => leases.acquire(`race/${round}`, `holder-${n}`, 10 * unitMs)),
        );
        const [winner, ...others] = won.filter((lease) => lease !== undefined);
        expect(others).toEqual([]);
        expect(await leases.get(`race/${round}`)).toEqual(winner);
      }
    },
  },
  {
    id: "leases.forgotten",
    title: "gives no token out twice, also when leases of long ago are forgotten",
    needs: "injected-time",
    async run({ store: { leases, records }, pass, unitMs }) {
      const old = (await leases.acquire("l", "a", unitMs))!;
      await pass((2 * DAY_MS) / unitMs);
      // Enough for a driver that forgets only now and then.
      for (const n of range(2_500)) await leases.acquire(`other/${n}`, "a", unitMs);
      const next = (await leases.acquire("l", "b", unitMs))!;
      expect(next.token).toBeGreaterThan(old.token);
      expect(await records.put("k", 1, { fence: old })).toMatchObject({ reason: "fenced" });
    },
  },
  {
    id: "leases.limits",
    title: "refuses names and durations that make no lease",
    async run({ store: { leases }, unitMs }) {
      expect(await codeOf(leases.acquire("a b", "a", unitMs))).toBe("bad_request");
      for (const ttlMs of [0, -1, Number.NaN, Infinity]) {
        expect(await codeOf(leases.acquire("l", "a", ttlMs))).toBe("bad_request");
      }
      expect(await leases.get("l")).toBeUndefined();
    },
  },
];
