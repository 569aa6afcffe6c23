import fc from "fast-check";
import { expect, it } from "vitest";
import { type NodeLoad, rankNodes } from "./place.ts";

const node = (name: string, over: Partial<NodeLoad> = {}): NodeLoad => ({
  name,
  labels: {},
  leaving: false,
  drones: 0,
  ofWorker: 0,
  ...over,
});
const label = fc.record(
  { zone: fc.constantFrom("a", "b", "c"), disk: fc.constantFrom("fast", "slow") },
  { requiredKeys: [] },
);
const nodes = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 4 }),
    labels: label,
    leaving: fc.boolean(),
    maxDrones: fc.nat(8),
    drones: fc.nat(8),
    ofWorker: fc.nat(4),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);
const place = fc.record(
  { require: label, prefer: label, spread: fc.constantFrom("zone", "disk", "none") },
  { requiredKeys: [] },
);
const names = (ranked: readonly NodeLoad[]): string[] => ranked.map(({ name }) => name);

it("offers exactly the nodes that may take the drone, in an order of their own", () => {
  fc.assert(
    fc.property(nodes, place, (all, wanted) => {
      const ranked = names(rankNodes(all, wanted));
      const may = all.filter(
        ({ leaving, maxDrones, drones, labels }) =>
          !leaving &&
          drones < maxDrones &&
          Object.entries(wanted.require ?? {}).every(([key, value]) =>
            Object.entries(labels).some(([have, what]) => have === key && what === value),
          ),
      );
      expect(ranked.toSorted()).toEqual(names(may).toSorted());
      expect(names(rankNodes(all.toReversed(), wanted))).toEqual(ranked);
    }),
  );
});

it("spreads: placed one after the other, no two zones differ by more than one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }), (count, size) => {
      const all = ["a", "b", "c"].flatMap((zone, at) =>
        Array.from({ length: at === 0 ? 1 : size }, (_, no) =>
          node(`${zone}${no}`, { labels: { zone } }),
        ),
      );
      for (let placed = 0; placed < count; placed += 1) {
        const best = rankNodes(all, { spread: "zone" })[0];
        const chosen = all.find(({ name }) => name === best?.name);
        if (chosen === undefined) throw new Error("no node");
        chosen.ofWorker += 1;
        chosen.drones += 1;
      }
      const perZone = ["a", "b", "c"].map((zone) =>
        all.filter(({ labels }) => labels["zone"] === zone).reduce((sum, n) => sum + n.ofWorker, 0),
      );
      expect(Math.max(...perZone) - Math.min(...perZone)).toBeLessThanOrEqual(1);
    }),
  );
});

it("prefers near over empty, and empty over full", () => {
  const near = node("near", { labels: { region: "eu" }, drones: 3, ofWorker: 2 });
  const far = node("far", { labels: { region: "us" } });
  expect(names(rankNodes([far, near], { prefer: { region: "eu" } }))).toEqual(["near", "far"]);
  expect(names(rankNodes([near, far]))).toEqual(["far", "near"]);
  const roomy = node("z", { maxDrones: 10, drones: 2 });
  const tight = node("a", { maxDrones: 3, drones: 1 });
  expect(names(rankNodes([tight, roomy]))).toEqual(["z", "a"]);
});
