/** The official suite against a worker of the kit, served by `serveHttp`, without Flotilla in between. */
import { describe, expect, test } from "vitest";
import { serveHttp } from "../../src/worker/index.ts";
import { EDITIONS } from "./cells.ts";
import { kitWorker } from "./fixture/kit.ts";
import { INSTALL_HINT, installed, runSuite } from "./suite.ts";

/** What a kit worker does not offer, and says so: it never tells of changed resources. */
const NOT_OFFERED = ["resources-subscribe", "resources-unsubscribe"];
const RUN_MS = 180_000;

describe.skipIf(!installed)(`the official suite against the worker kit (${INSTALL_HINT})`, () => {
  test.each([
    ["2026-07-28", 36, []],
    ["2025-11-25", 28, NOT_OFFERED],
  ])(
    "%s: all scored scenarios that it can have",
    async (name, least, not) => {
      const edition = EDITIONS.find((one) => one.name === name)!;
      const server = await serveHttp(kitWorker(), { port: 0, log: () => {} });
      try {
        const all = await runSuite({ edition, leg: "server", target: ["--url", server.url] });
        const scored = all.filter((one) => one.scored);
        const failed = scored.filter(({ outcome }) => outcome === "failed");
        expect(failed.filter(({ name: one }) => !not.includes(one))).toEqual([]);
        expect(failed.map(({ name: one }) => one)).toEqual(not);
        expect(scored.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThanOrEqual(
          least,
        );
      } finally {
        await server.close();
      }
    },
    RUN_MS,
  );
});
