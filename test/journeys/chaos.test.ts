/** The short form of `npm run chaos`. */
import { expect, test } from "vitest";
import { runChaos } from "../chaos/chaos.ts";

test.skipIf(process.platform === "win32")(
  "chaos: drones and Flotilla die under calls, and everything that has to hold does (counted with ps)",
  async () => {
    const { broken, faults, outcomes } = await runChaos({ seconds: 10, seed: 7 });
    expect(broken).toEqual([]);
    expect(Object.keys(faults).length).toBeGreaterThan(1);
    expect(outcomes["answered"]).toBeGreaterThan(0);
  },
);
