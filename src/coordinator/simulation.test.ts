/** The whole coordinator from seeds: crashes, restarts, faults, changes; then the invariants. */
import { describe, expect, it } from "vitest";
import { runSeed } from "./testing/drive.ts";
import type { Plant } from "./testing/world.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** More with FLOTILLA_SEEDS; a failing seed is run alone with FLOTILLA_SEED. */
const SEEDS = Number(process.env["FLOTILLA_SEEDS"] ?? 250);
const ONLY = process.env["FLOTILLA_SEED"];
const STEPS = 120;

describe("the simulated fleet", () => {
  it(`keeps its invariants over ${SEEDS} seeds`, { timeout: 600_000 }, async () => {
    const seeds =
      ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(ONLY)];
    let served = 0;
    for (const seed of seeds) {
      const world = await runSeed({ seed, steps: STEPS, settle });
      expect({ seed, broken: world.broken }).toEqual({ seed, broken: [] });
      served += world.gateways.reduce((sum, gateway) => sum + gateway.ended.served, 0);
    }
    // A simulation in which nothing is served proves nothing.
    expect(served).toBeGreaterThan(seeds.length * 10);
  });

  it("is the same for the same seed", async () => {
    const runs = await Promise.all([1, 2].map(() => runSeed({ seed: 7, steps: 60, settle })));
    const told = runs.map((world) => [
      world.clock.now(),
      world.gateways.map((g) => g.ended),
      world.store.peek(""),
    ]);
    expect(told[0]).toEqual(told[1]);
  });

  const plants: [Plant, RegExp][] = [
    ["gateway_lies_about_drains", /was ended under/],
    ["launcher_hides_drones", /left running/],
    ["coordinator_allows_more_drones", /drones serve/],
    ["demand_is_not_registered", /neither served nor refused|never served/],
  ];
  it.each(plants)("notices a planted bug: %s", { timeout: 60_000 }, async (plant, expected) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 40 && found.length === 0; seed++) {
      const world = await runSeed({ seed, steps: STEPS, settle, plant });
      found.push(...world.broken);
    }
    expect(found.join("\n")).toMatch(expected);
  });
});
