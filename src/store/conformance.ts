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
      if (!applies(promise, options) || cannot[promise.id] !== undefined) continue;
      test(`${promise.id}: ${promise.title}`, { timeout: TIMEOUT_MS }, () =>
        hold(makeStore, options, promise),
      );
    }
    for (const [id, reason] of Object.entries(cannot)) {
      test(`${id} is left out by name, with a reason: ${reason}`, () => {
        expect(STORE_CASES.map((promise) => promise.id)).toContain(id);
        expect(reason.length).toBeGreaterThan(10);
      });
    }
    test("declares the capabilities that decide which promises apply", async () => {
      const { store, dispose } = await createBench(makeStore, options);
      const { durable, shared } = store.capabilities;
      await dispose();
      expect({ durable, shared }).toEqual({
        durable: options.durable ?? false,
        shared: options.shared ?? false,
      });
    });
  });
}

function applies({ needs }: StoreCase, options: StoreConformanceOptions): boolean {
  if (needs === "durable") return options.durable === true;
  if (needs === "shared") return options.shared === true;
  // A day is too long to wait for.
  return needs !== "injected-time" || options.time !== "real";
}

async function hold(
  makeStore: MakeStore,
  options: StoreConformanceOptions,
  promise: StoreCase,
): Promise<void> {
  const bench = await createBench(makeStore, options);
  try {
    await promise.run(bench);
  } finally {
    await bench.dispose();
  }
}
