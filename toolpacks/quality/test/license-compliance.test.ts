import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "license_compliance";

const judge = async (license: string, policy?: object): Promise<Record<string, unknown>> => {
  const packages = [{ name: "a", version: "1.0.0", license }];
  const { value } = await call(TOOL, { packages, ...(policy && { policy }) });
  return (value["packages"] as Record<string, unknown>[])[0] ?? {};
};

describe("license_compliance", () => {
  it.each([
    ["MIT", "allowed", "MIT"],
    ["(GPL-3.0-only OR MIT)", "allowed", "MIT"],
    ["MIT AND GPL-2.0-only", "denied", "MIT AND GPL-2.0-only"],
    ["MIT AND (LGPL-3.0-or-later OR ISC)", "allowed", "MIT AND ISC"],
    [
      "GPL-2.0-only WITH Classpath-exception-2.0",
      "review",
      "GPL-2.0-only WITH Classpath-exception-2.0",
    ],
    ["AGPL-3.0-or-later", "denied", "AGPL-3.0-or-later"],
    ["MPL-2.0", "review", "MPL-2.0"],
    ["CC-BY-NC-4.0", "unknown", "CC-BY-NC-4.0"],
    ["LicenseRef-ours", "unknown", "LicenseRef-ours"],
    ["Apache 2", "allowed", "Apache-2.0"],
    // A corrector of names makes the licence Unlicense of this, which gives everything away.
    ["UNLICENSED", "unknown", ""],
    ["SEE LICENSE IN LICENSE.md", "unknown", ""],
  ])("reads %s", async (license, verdict, chosen) => {
    expect(await judge(license)).toMatchObject({ verdict, chosen });
  });

  /** The examples of spdx-satisfies' own documentation. */
  it.each([
    ["MIT", ["MIT", "ISC", "BSD-2-Clause", "Apache-2.0"], "allowed"],
    ["GPL-2.0 OR MIT", ["MIT"], "allowed"],
    ["GPL-2.0 AND MIT", ["MIT"], "denied"],
    ["GPL-3.0", ["GPL-2.0+"], "allowed"],
    ["GPL-1.0", ["GPL-2.0+"], "denied"],
    ["BSD-3-Clause", ["BSD-*"], "allowed"],
  ])("holds %s against %j", async (license, allow, verdict) => {
    expect(await judge(license, { allow })).toMatchObject({ verdict });
  });

  it("takes what was looked at, and denies before it allows", async () => {
    expect(await judge("GPL-3.0-only", { exceptions: { "a@1.0.0": "a tool" } })).toMatchObject({
      verdict: "allowed",
    });
    expect(await judge("MIT", { allow: ["MIT"], deny: ["MIT"] })).toMatchObject({
      verdict: "denied",
    });
  });

  it("says what cannot be together with the project's own licence", async () => {
    const files = {
      "package.json": '{"name":"p","license":"GPL-2.0-only"}',
      "node_modules/a/package.json": '{"name":"a","version":"1.0.0","license":"Apache-2.0"}',
    };
    expect((await call(TOOL, { files })).rules).toEqual(["incompatible-with-project"]);
  });
});

describe("license_compliance on real packages", () => {
  const lock = readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8");
  const entries = Object.entries(
    JSON.parse(lock).packages as Record<string, { license?: string; dev?: boolean }>,
  ).filter(([path]) => path.includes("node_modules/"));

  it("knows every licence of this project's own lock file", async () => {
    const called = await call(TOOL, { content: lock, dev: true });
    const licenses = called.value["licenses"] as { license: string; packages: number }[];
    expect(licenses[0]).toMatchObject({ license: "MIT" });
    const mit = entries.filter(([, { license }]) => license === "MIT").length;
    // The same version in two places is one package.
    expect(licenses[0]?.packages).toBeLessThanOrEqual(mit);
    expect(licenses[0]?.packages).toBeGreaterThan(mit * 0.8);
    expect(called.value["project"]).toBe("Apache-2.0");
  });

  it("reads installed packages and writes their notices", async () => {
    const files = Object.fromEntries(
      ["ajv", "commander", "saxes"].flatMap((name) => [
        [`node_modules/${name}/package.json`, real(name, "package.json")],
        ...(name === "saxes" ? [] : [[`node_modules/${name}/LICENSE`, real(name, "LICENSE")]]),
      ]),
    ) as Record<string, string>;
    const { value } = await call(TOOL, { files, notices: true });
    const packages = value["packages"] as { name: string; license: string; verdict: string }[];
    expect(packages.map(({ name, license, verdict }) => [name, license, verdict])).toEqual([
      ["ajv", "MIT", "allowed"],
      ["commander", "MIT", "allowed"],
      ["saxes", "ISC", "allowed"],
    ]);
    const notices = value["notices"] as string;
    expect(notices).toContain("Copyright (c) 2011 TJ Holowaychuk");
    expect(notices).toContain("Copyright (c) 2015-2021 Evgeny Poberezkin");
  });

  it("writes an SBOM that CycloneDX's own schema takes, and reads it again", async () => {
    const { value } = await call(TOOL, { content: lock, sbom: true, dev: true });
    const sbom = value["sbom"] as { components: unknown[] };
    expect(validator()(sbom)).toBe(true);
    expect(JSON.stringify(sbom)).toContain('"pkg:npm/ajv@8.20.0"');
    const again = await call(TOOL, { files: { "bom.json": JSON.stringify(sbom) } });
    const [before, after] = [value["verdicts"], again.value["verdicts"]];
    expect(Object.keys(after as object)).toEqual(Object.keys(before as object));
    expect((after as { allowed: number }).allowed).toBeGreaterThan(100);
  });
});

function validator(): (value: unknown) => boolean {
  const schema = (name: string): Record<string, unknown> =>
    JSON.parse(real("@cyclonedx/cyclonedx-library", `res/schema/${name}.SNAPSHOT.schema.json`));
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(schema("spdx"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
  ajv.addSchema(schema("jsf-0.82"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
  const check = ajv.compile(schema("bom-1.6"));
  return (value) => {
    const isValid = check(value);
    expect(check.errors ?? []).toEqual([]);
    return isValid;
  };
}

describe("license_compliance and bad input", () => {
  it.each([
    [{ content: "{" }, "no JSON"],
    [{ content: "{}" }, "no package"],
    [{ files: { "package.json": "[]" } }, "no package"],
  ])("says what is wrong with %j", async (given, said) => {
    const { isError, text } = await call(TOOL, given);
    expect([isError, text.includes(said)]).toEqual([true, true]);
  });

  it("is not led astray by names, odd licences and length", async () => {
    const deep = `${"(".repeat(400)}MIT${")".repeat(400)}`;
    const long = Array.from({ length: 90 }, () => "MIT").join(" OR ");
    const packages = [
      { name: "__proto__", version: "1", license: "MIT" },
      { name: "b", license: deep },
      { name: "c", license: long },
      { name: "d" },
    ];
    const called = await call(TOOL, { packages });
    expect(called.value["total"]).toBe(4);
    expect(findingsOf(called, "license-missing").map(({ object }) => object)).toEqual(["d@"]);
    const lock = `{"packages":{"node_modules/__proto__":{"version":"1.0.0","license":{"type":"MIT"}}}}`;
    expect((await call(TOOL, { content: lock })).value["verdicts"]).toMatchObject({ allowed: 1 });
  });
});
