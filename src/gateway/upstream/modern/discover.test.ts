import { expect, test } from "vitest";
import { judge } from "./discover.ts";

const unsupported = (supported: string[]) =>
  ({
    kind: "error",
    error: { code: -32022, message: "no", data: { supported, requested: "2026-07-28" } },
  }) as const;

test("a refused version is asked for again where the server says it speaks it", () => {
  // A server may be half through an upgrade, or may want to see the second try.
  expect(judge(unsupported(["2026-07-28"]), "2026-07-28")).toEqual({
    era: "modern",
    retryVersion: "2026-07-28",
  });
});

test("a server that supports no modern version of ours is spoken to in the old way", () => {
  expect(judge(unsupported(["2025-11-25"]), "2026-07-28")).toEqual({ era: "legacy" });
  expect(judge(unsupported([]), "2026-07-28")).toEqual({ era: "legacy" });
});
