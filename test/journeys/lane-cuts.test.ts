/**
 * The fast lane hands a connection over at any byte: whatever the place where a request is cut, the lane and Node's own
 * parser understand the same. `npm run fuzz -- --target lane` does it with inputs nobody thought of.
 */
import { Buffer } from "node:buffer";
import { describe, test } from "vitest";
import { loadTarget } from "../fuzz/targets/index.ts";

const lane = await loadTarget("lane");

describe("the fast lane understands what Node's parser understands, cut at every byte", () => {
  test.each(lane.seeds.map((seed, index) => [index, seed] as const))("seed %i", async (_, seed) => {
    const running = await lane.start();
    const bytes = Buffer.from(seed.slice(seed.indexOf("\n") + 1));
    for (let at = 1; at < bytes.length; at += 1) {
      await running.run(Buffer.concat([Buffer.from(`${at}\n`), bytes]));
    }
    await running.close();
  });
});
