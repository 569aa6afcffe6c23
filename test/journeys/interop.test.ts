/** The short form of `npm run test:interop`: every client once, every server once, all that both can do. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENTS, lacks, NEEDED } from "../interop/clients.ts";
import { failuresOf, type Fleet, type Pair, runCell, startFleet } from "../interop/matrix.ts";
import { WORKERS } from "../interop/workers.ts";

/** Down the diagonal of the matrix: as many clients as workers, each met once. */
const PAIRS: Pair[] = CLIENTS.flatMap((client, index) => {
  const worker = WORKERS[index % WORKERS.length];
  return worker === undefined ? [] : [{ client, worker }];
});
const installed = (pair: Pair): boolean => !lacks[pair.client.needs] && !lacks[pair.worker.needs];

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet(PAIRS.filter(installed));
});
afterAll(() => fleet[Symbol.asyncDispose]());

for (const pair of PAIRS) {
  const needs = [...new Set([pair.client.needs, pair.worker.needs])];
  const missing = needs.filter((need) => lacks[need]).map((need) => NEEDED[need]);
  const reason = missing.length === 0 ? "" : ` (needs ${missing.join(" and ")})`;
  describe.skipIf(missing.length > 0)(`${pair.client.name} × ${pair.worker.name}${reason}`, () => {
    test("all that both can do", async () => {
      expect(failuresOf(await runCell(pair, fleet))).toEqual([]);
    });
  });
}
