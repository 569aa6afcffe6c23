import { describe, expect, it } from "vitest";
import { LOCKS, fixture, nodejsClient, project } from "./support.ts";

const { call } = nodejsClient();
const locks = Object.keys(LOCKS) as (keyof typeof LOCKS)[];

describe("node_dependency_graph", () => {
  // Counted in each file: npm ls --all; keys of packages (pnpm); entries of the two yarn.lock files.
  it.each([
    ["npm-v1.json", "npm", "1", 62],
    ["npm-v2.json", "npm", "2", 62],
    ["npm-v3.json", "npm", "3", 62],
    ["pnpm-5.4.yaml", "pnpm", "5.4", 58],
    ["pnpm-6.yaml", "pnpm", "6.0", 58],
    ["pnpm-9.yaml", "pnpm", "9.0", 58],
    ["yarn-1.lock", "yarn-classic", "1", 58],
    ["yarn-4.lock", "yarn", "8", 78],
  ] as const)("reads all of %s", async (...row) => {
    const [lock, format, formatVersion, packages] = row;
    const { value, isError, text } = await call("node_dependency_graph", { files: project(lock) });
    expect(isError, text).toBe(false);
    expect(value).toMatchObject({
      format,
      formatVersion,
      packages,
      maxDepth: 4,
      cycles: [],
      unreached: [],
      unmet: [],
    });
    expect(value["production"]).toBe(packages - 2);
  });

  // npm explain ms, pnpm why ms and yarn why ms agree on these.
  it.each(locks)("knows why ms is there three times: %s", async (lock) => {
    const { value } = await call("node_dependency_graph", { files: project(lock), why: ["ms"] });
    const ways = JSON.stringify(value["why"]);
    for (const step of ["debug@4.4.3", "send@0.17.1", "debug@2.6.9"]) expect(ways).toContain(step);
    expect(value["duplicates"]).toContainEqual(
      expect.objectContaining({
        name: "ms",
        versions: expect.arrayContaining(
          ["2.0.0", "2.1.1", "2.1.3"].map((version) => expect.objectContaining({ version })),
        ),
      }),
    );
  });

  it.each(locks)("finds mkdirp and minimist for development only: %s", async (lock) => {
    const { value } = await call("node_dependency_graph", {
      files: project(lock),
      why: ["minimist@0.0.8"],
      picture: "none",
    });
    expect(value["why"]).toMatchObject([
      {
        packages: [
          { production: false, depth: 2, askedBy: [{ id: "mkdirp@0.5.1", range: "0.0.8" }] },
        ],
      },
    ]);
  });

  it("draws what was asked about, and says what express alone brings", async () => {
    const { value, pictures } = await call("node_dependency_graph", {
      files: project("npm-v3.json"),
      why: ["ms@2.1.1"],
    });
    expect(pictures[0]).toMatch(/^<svg .*<\/svg>$/s);
    expect(pictures[0]).toContain("send");
    expect(value["heaviest"]).toContainEqual({ id: "express@4.17.1", brings: 55, alone: 55 });
  });

  it("says what is not there", async () => {
    const { isError, text } = await call("node_dependency_graph", {
      files: project("npm-v3.json"),
      why: ["left-pad"],
    });
    expect(isError).toBe(true);
    expect(text).toContain('"left-pad" is not in package-lock.json');
  });
});

describe("node_package_review", () => {
  it.each(locks)("has nothing against the project but its doubles: %s", async (lock) => {
    const { rules, value } = await call("node_package_review", { files: project(lock) });
    expect(new Set(rules)).toEqual(
      new Set(
        lock.startsWith("pnpm-5") || lock.startsWith("pnpm-6")
          ? ["duplicates", "dependency-install-script"]
          : ["duplicates"],
      ),
    );
    expect(value["counts"]).toMatchObject({ error: 0, warning: 0 });
  });

  it("sees a manifest that moved on without its lockfile", async () => {
    const files = project("npm-v3.json");
    files["package.json"] = fixture("package.json.txt")
      .replace('"4.17.20"', '"^4.18.0"')
      .replace('"debug"', '"chalk"');
    const { value, rules } = await call("node_package_review", { files });
    expect(rules.filter((rule) => rule === "lockfile-out-of-step")).toHaveLength(2);
    expect(value["findings"]).toContainEqual(
      expect.objectContaining({
        rule: "lockfile-out-of-step",
        object: "lodash",
        location: expect.objectContaining({ pointer: "/dependencies/lodash", line: 10 }),
      }),
    );
  });

  it("judges ranges, names, licences and engines, with patches", async () => {
    const { value, rules } = await call("node_package_review", {
      content: JSON.stringify({
        name: "Bad Name",
        version: "1.0",
        license: "Apache 2",
        engines: { node: "newest" },
        scripts: { postinstall: "node build.js" },
        dependencies: {
          a: "*",
          b: "latest",
          c: ">=1",
          d: "http://x/d.tgz",
          e: "github:e/e",
          f: "github:f/f#0123456789abcdef0123456789abcdef01234567",
          g: "^1.0.0",
          h: "not a range!",
        },
        devDependencies: { g: "^1.0.0" },
      }),
    });
    expect(rules.toSorted((x, y) => x.localeCompare(y))).toEqual(
      [
        "name-invalid",
        "version-invalid",
        "license-invalid",
        "engines-invalid",
        "script-at-install",
        "dependency-unpinned",
        "dependency-unpinned",
        "dependency-unpinned",
        "dependency-unpinned",
        "dependency-from-url",
        "dependency-invalid",
        "dependency-twice",
      ].toSorted((x, y) => x.localeCompare(y)),
    );
    expect(value["findings"]).toContainEqual(
      expect.objectContaining({
        rule: "dependency-twice",
        patch: [{ op: "remove", path: "/devDependencies/g" }],
      }),
    );
  });

  it("holds licences against a policy, and engines against those of dependencies", async () => {
    const entry = (license: string, node?: string): object => ({
      version: "1.0.0",
      integrity: "sha512-x",
      license,
      ...(node === undefined ? {} : { engines: { node } }),
    });
    const files = {
      "package.json": JSON.stringify({
        name: "x",
        version: "1.0.0",
        license: "MIT",
        private: true,
        engines: { node: ">=18" },
        dependencies: { a: "1.0.0", b: "1.0.0", c: "1.0.0" },
      }),
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { dependencies: { a: "1.0.0", b: "1.0.0", c: "1.0.0" } },
          "node_modules/a": entry("GPL-3.0-only"),
          "node_modules/b": entry("(MIT OR GPL-3.0-only)", ">=20"),
          "node_modules/c": entry("BSD-3-Clause", "^16"),
        },
      }),
    };
    const { value } = await call("node_package_review", { files });
    expect(value["findings"]).toMatchObject([
      { rule: "engine-conflict", severity: "error", object: "c@1.0.0" },
      { rule: "license-copyleft", severity: "warning", object: "a@1.0.0" },
      { rule: "engine-conflict", severity: "warning", object: "b@1.0.0" },
    ]);
    const strict = await call("node_package_review", {
      files,
      licenses: { allow: ["MIT"] },
      ignore: ["engine-conflict"],
    });
    expect(strict.value["findings"]).toMatchObject([
      { rule: "license-denied", object: "a@1.0.0" },
      { rule: "license-denied", object: "c@1.0.0" },
    ]);
  });
});
