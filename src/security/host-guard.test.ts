import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LOOPBACK_POLICY, checkHost, isLoopback, policyFor } from "./host-guard.ts";
import type { HostPolicy } from "./host-guard.ts";

const passes = (host: string | undefined, origin?: string, policy: HostPolicy = LOOPBACK_POLICY) =>
  checkHost(policy, host, origin).ok;

describe("loopback", () => {
  test.each([
    "localhost",
    "localhost:7420",
    "LOCALHOST:1",
    "127.0.0.1:7420",
    "[::1]",
    "[::1]:7420",
  ])("answers to %s", (host) => {
    expect(passes(host)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "evil.example",
    "evil.example:7420",
    "localhost.evil.example",
    "localhost:7420@evil.example",
    "127.0.0.1.nip.io",
    "localhost, evil.example",
    "localhost:x",
    " localhost",
    "0.0.0.0",
  ])("does not answer to %j", (host) => {
    expect(passes(host)).toBe(false);
  });

  test.each(["http://localhost:3000", "https://127.0.0.1", "http://[::1]:1"])(
    "takes origin %s",
    (origin) => {
      expect(passes("localhost", origin)).toBe(true);
    },
  );

  test.each([
    "null",
    "",
    "http://evil.example",
    "http://localhost.evil.example",
    "file://",
    "chrome-extension://abc",
    "http://localhost/path",
    "http://user@localhost",
  ])("does not take origin %j", (origin) => {
    expect(passes("localhost", origin)).toBe(false);
  });
});

test("named hosts may fix the port; origins may be named whole", () => {
  const policy: HostPolicy = {
    hosts: ["mcp.example:8443", "any-port.example"],
    origins: ["https://app.example"],
  };
  expect(passes("mcp.example:8443", undefined, policy)).toBe(true);
  expect(passes("mcp.example", undefined, policy)).toBe(false);
  expect(passes("any-port.example:1", "https://app.example", policy)).toBe(true);
  expect(passes("any-port.example:1", "https://app.example.evil", policy)).toBe(false);
});

test("with any host, a browser still has to come from the same site", () => {
  const policy: HostPolicy = { hosts: "any", origins: [] };
  expect(passes("mcp.example", undefined, policy)).toBe(true);
  expect(passes("mcp.example", "https://mcp.example", policy)).toBe(true);
  expect(passes("mcp.example", "https://evil.example", policy)).toBe(false);
});

test("no host name but the listed ones ever passes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.domain()), (host) => {
      fc.pre(
        !["localhost", "127.0.0.1", "[::1]"].includes(host.toLowerCase().replace(/:\d{1,5}$/, "")),
      );
      expect(passes(host)).toBe(false);
    }),
  );
});

test("knows the addresses that only this machine reaches", () => {
  for (const address of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    expect(isLoopback(address)).toBe(true);
  for (const address of ["0.0.0.0", "::", "10.0.0.1", "127.evil"])
    expect(isLoopback(address)).toBe(false);
});

test("the bind address decides what is trusted without being named", () => {
  expect(policyFor("127.0.0.1", { hosts: ["dev.example"] })).toEqual({
    hosts: ["localhost", "127.0.0.1", "[::1]", "dev.example"],
    origins: [],
  });
  expect(policyFor("0.0.0.0")).toEqual({ hosts: "any", origins: [] });
  expect(policyFor("0.0.0.0", { hosts: ["mcp.example"], origins: ["https://a.example"] })).toEqual({
    hosts: ["mcp.example"],
    origins: ["https://a.example"],
  });
});
