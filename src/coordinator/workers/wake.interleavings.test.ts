/** Demand, wake, ready, crash, idle and drain in any order, against the real coordinator: see testing/world.ts. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { comeToRest, COMMAND_NAMES, COMMANDS } from "../testing/drive.ts";
import { createWorld } from "../testing/world.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const step = fc.record({ name: fc.constantFrom(...COMMAND_NAMES), n: fc.nat(1_000) });

it(
  "serves or refuses all demand in bounded time, whatever the order of events",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.nat(1_000_000),
        async (steps, seed) => {
          const world = await createWorld({ seed, settle });
          for (const { name, n } of steps) {
            await COMMANDS[name](world, n);
            await settle();
          }
          await comeToRest(world);
          expect(world.broken).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  },
);

it("starts one drone per burst, over and over", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
      async (bursts) => {
        const world = await createWorld({ seed: 1, settle });
        for (const calls of bursts) {
          const before = world.launchers[0]?.started.length ?? 0;
          await Promise.all(
            Array.from({ length: calls }, async (_, i) => world.gateways[i % 2]?.arrive("alpha")),
          );
          await world.pass(2_000);
          expect((world.launchers[0]?.started.length ?? 0) - before).toBe(1);
          for (const gateway of world.gateways)
            for (const call of gateway.calls) gateway.finish(call);
          await world.pass(40_000);
          expect(world.launchers[0]?.alive()).toEqual([]);
        }
        expect(world.broken).toEqual([]);
      },
    ),
    { numRuns: 15 },
  );
});
