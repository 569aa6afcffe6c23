/** The small vocabularies: versions, names, levels, error codes. */
import { expect, test } from "vitest";
import { FlotillaError } from "./errors.ts";
import { atLeast, isLogLevel } from "./meta.ts";
import { isWorkerName, prefixedName, unprefixedName } from "./names.ts";
import { LEGACY_VERSIONS, isModern, isSupportedModern, negotiateLegacy } from "./versions.ts";
import { WIRE, isModernOnly, toWireError } from "./wire-errors.ts";

test("the era of a version is a matter of its date", () => {
  expect(isModern("2026-07-28")).toBe(true);
  expect(isModern("2099-01-01")).toBe(true);
  expect(isSupportedModern("2099-01-01")).toBe(false);
  for (const version of [...LEGACY_VERSIONS, "draft", "", "2026-7-28"]) {
    expect(isModern(version)).toBe(false);
  }
});

test("initialize gets the version it asks for, or the newest legacy one", () => {
  for (const version of LEGACY_VERSIONS) expect(negotiateLegacy(version)).toBe(version);
  for (const version of ["2026-07-28", "1999-01-01", undefined, 5]) {
    expect(negotiateLegacy(version)).toBe("2025-11-25");
  }
});

test("worker names are safe as path segments, keys and labels", () => {
  for (const name of ["a", "node-js", "0x", "a".repeat(63)]) expect(isWorkerName(name)).toBe(true);
  for (const name of ["", "-a", "A", "a_b", "a/b", "..", "a".repeat(64), "a\n"]) {
    expect(isWorkerName(name)).toBe(false);
  }
});

test("a prefix comes off as it went on, and only from its own names", () => {
  expect(unprefixedName("files", prefixedName("files", "read_it"))).toBe("read_it");
  expect(unprefixedName("files", "filesystem_read")).toBeUndefined();
  expect(unprefixedName("files", "files_")).toBeUndefined();
});

test("log levels are ordered by severity", () => {
  expect(atLeast("error", "warning")).toBe(true);
  expect(atLeast("debug", "info")).toBe(false);
  expect(atLeast("unheard-of", "error")).toBe(true);
  expect(isLogLevel("verbose")).toBe(false);
});

test("a local error becomes a wire error with what its reader needs, under a code of our own", () => {
  const error = new FlotillaError("worker_crash_loop", "The worker db keeps crashing.", {
    retryable: true,
    retryAfterMs: 4000,
    hint: "See flotilla logs db.",
    data: { worker: "db", secret: "never" },
  });
  expect(toWireError(error)).toEqual({
    code: -31003,
    message: "The worker db keeps crashing. See flotilla logs db.",
    data: {
      code: "worker_crash_loop",
      worker: "db",
      reason: "The worker db keeps crashing.",
      retryable: true,
      retryAfterMs: 4000,
      hint: "See flotilla logs db.",
    },
  });
  expect(toWireError(new FlotillaError("internal", "x")).code).toBe(WIRE.internal);
});

test("the codes that legacy clients must not see are those of the modern specification", () => {
  for (const code of [-32020, -32021, -32022, -32099]) expect(isModernOnly(code)).toBe(true);
  for (const code of [-32002, -32042, -32019, -32600, -32700, -31001]) {
    expect(isModernOnly(code)).toBe(false);
  }
});
