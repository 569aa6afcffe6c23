import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAddress, checkTarget, isPublicAddress, type OutboundPolicy } from "./outbound.ts";

const policy: OutboundPolicy = {
  origins: ["https://api.example", "http://localhost:8080", "http://169.254.169.254"],
  namedHosts: ["localhost"],
};

describe("isPublicAddress", () => {
  it.each(["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
    "%s is public",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  const CLOSED = [
    "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.31.255.255 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255 203.0.113.9",
    ":: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::10.0.0.1",
    "2002:7f00:1:: fec0::1 localhost 1.2.3 256.1.1.1 1:2:3 ::: 1::2::3 0x7f000001 g::1",
  ].flatMap((line) => line.split(" "));
  it.each(["", ...CLOSED])("%j is not", (address) => expect(isPublicAddress(address)).toBe(false));

  it("understands every IPv6 address there is, in short and long form", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(0xffff), (address, tail) => {
        expect(isIP(address)).toBe(6);
        // Whatever it is, a neighbour in 2600::/16 is public and in fd00::/8 is not.
        expect(isPublicAddress(`2600::${tail.toString(16)}`)).toBe(true);
        expect(isPublicAddress(`fd00::${tail.toString(16)}`)).toBe(false);
        expect(isPublicAddress(new URL(`http://[${address}]/`).hostname.slice(1, -1))).toBe(
          isPublicAddress(address),
        );
      }),
    );
  });
});

describe("checkTarget", () => {
  const at = (url: string) => checkTarget(policy, new URL(url));
  it("allows the origins meant", () => {
    expect(at("https://api.example/v1?x=1")).toEqual({ ok: true });
    expect(at("http://localhost:8080/")).toEqual({ ok: true });
  });
  it.each([
    ["http://api.example/", "not one of the servers"],
    ["https://api.example:8443/", "not one of the servers"],
    ["https://api.example.evil.test/", "not one of the servers"],
    ["https://user:pw@api.example/", "user name"],
    ["file:///etc/passwd", "Only http"],
    ["http://169.254.169.254/latest/meta-data", "not a public one"],
    ["http://0xa9fea9fe/latest", "not a public one"],
  ])("refuses %s", (url, reason) => {
    expect(at(url)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  });
});

it("lets only a host that was named have a private address", () => {
  expect(checkAddress(policy, "localhost", "127.0.0.1")).toEqual({ ok: true });
  expect(checkAddress(policy, "api.example", "93.184.215.14")).toEqual({ ok: true });
  expect(checkAddress(policy, "api.example", "10.0.0.7")).toMatchObject({
    ok: false,
    reason: "api.example has the address 10.0.0.7, which is not a public one.",
  });
});
