/**
 * The promises of `contract.ts` as tests, to be run by every driver, here and elsewhere, with vitest and fast-check:
 *
 *     import { storeConformance } from "flotilla/store/conformance";
 *     import { createMyStore } from "./my-store.ts";
 *     storeConformance(({ clock }) => ({ store: createMyStore({ clock }) }), { name: "mine" });
 */
import { describe, expect, test } from "vitest";
import { createBench } from "./conformance/bench.ts";
import type { MakeStore, StoreCase, StoreConformanceOptions } from "./conformance/case.ts";
import { STORE_CASES } from "./conformance/cases.ts";

export type { MakeStore, StoreConformanceOptions, StoreSubject } from "./conformance/case.ts";

/** For the slowest promise on the slowest backend; most take milliseconds. */
const TIMEOUT_MS = 120_000;

export function storeConformance(makeStore: MakeStore, options: StoreConformanceOptions): void {
  const cannot = options.cannot ?? {};
  describe(`store conformance: ${options.name}`, () => {
    for (const promise of STORE_CASES) {
      const reason = cannot[promise.id];
      const title = `${promise.id}: ${promise.title}`;
      if (reason === undefined) {
        test(title, { timeout: TIMEOUT_MS }, (context) =>
          hold(makeStore, options, { promise, context }),
        );
      } else {
        test(`${title} (skipped: ${reason})`, (context) => context.skip(reason));
      }
    }
    test("every skip names a promise and gives a reason", () => {
      const ids = new Set(STORE_CASES.map(({ id }) => id));
      for (const [id, reason] of Object.entries(cannot)) {
        expect(ids).toContain(id);
        expect(reason.length).toBeGreaterThan(10);
      }
    });
  });
}

interface Held {
  promise: StoreCase;
  context: { skip(note: string): void };
}

async function hold(
  makeStore: MakeStore,
  options: StoreConformanceOptions,
  { promise, context }: Held,
): Promise<void> {
  const bench = await createBench(makeStore, options);
  try {
    const lacking = lackOf(promise.needs, bench);
    if (lacking === undefined) await promise.run(bench);
    else context.skip(lacking);
  } finally {
    await bench.dispose();
  }
}

/** Why the promise is none of this driver's, if it is not. */
function lackOf(
  needs: StoreCase["needs"],
  bench: Awaited<ReturnType<typeof createBench>>,
): string | undefined {
  const { driver, durable, shared } = bench.store.capabilities;
  if (needs === "durable" && !durable) return `${driver} is not durable`;
  if (needs === "shared" && !shared) return `${driver} serves one process at a time`;
  if (needs === "injected-time" && !bench.isTimeInjected) return "a day is too long to wait for";
  return undefined;
}
