/** The simulated days of `npm run simulate`, in short; more with FLOTILLA_DAYS, one with FLOTILLA_DAY. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runDay } from "./day.ts";
import { MUTATIONS } from "./mutations.ts";

const DAYS = Number(process.env["FLOTILLA_DAYS"] ?? 10);
const ONLY = process.env["FLOTILLA_DAY"];
const DAY = { hours: 24, drones: 12 };
const RUN = join(import.meta.dirname, "run.ts");

describe("simulated days", () => {
  it(`keep every promise over ${DAYS} seeds`, { timeout: 600_000 }, async () => {
    const seeds =
      ONLY === undefined ? Array.from({ length: DAYS }, (_, i) => i + 1) : [Number(ONLY)];
    let served = 0;
    for (const seed of seeds) {
      const { broken, calls } = await runDay({ ...DAY, seed });
      expect({ seed, broken }).toEqual({ seed, broken: [] });
      served += calls.served;
    }
    // A day on which nobody is served proves nothing.
    expect(served).toBeGreaterThan(seeds.length * 100);
  });

  it("are the same for the same seed, and others for another", { timeout: 60_000 }, async () => {
    const short = { hours: 8, drones: 12 };
    const told = await runDay({ ...short, seed: 7 });
    expect(await runDay({ ...short, seed: 7 })).toEqual(told);
    const { fingerprint } = await runDay({ ...short, seed: 8 });
    expect(fingerprint).not.toBe(told.fingerprint);
  });

  const plants = Object.entries(MUTATIONS);
  it.each(plants)("find the planted bug %s", { timeout: 120_000 }, async (name, { found }) => {
    const args = [RUN, "--plant", name, "--seeds", "25", "--drones", "16"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    expect(await text(child.stdout)).toMatch(found);
  });
});
