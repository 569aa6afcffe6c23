import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { installed, nodejsClient } from "./support.ts";

const { call } = nodejsClient();
const PATTERN = "**/*.{js,mjs,cjs,json,ts,mts,cts}";
interface Seen {
  consumer: string;
  status: string;
  file?: string;
}

/** The same question asked of Node itself. */
const require = createRequire(import.meta.url);
function nodeFile(name: string, kind: "import" | "require"): string {
  const path =
    kind === "require" ? require.resolve(name) : fileURLToPath(import.meta.resolve(name));
  return path.slice(path.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
}

describe("node_module_compat", () => {
  it.each(["yaml", "semver", "fflate", "undici", "ajv"])(
    "resolves %s as Node does",
    async (name) => {
      const { value, isError, text } = await call("node_module_compat", {
        files: installed(name, PATTERN),
        types: false,
      });
      expect(isError, text).toBe(false);
      const [root] = value["entries"] as { entry: string; consumers: Seen[] }[];
      const file = (id: string): string | undefined =>
        root?.consumers.find(({ consumer }) => consumer === id)?.file;
      expect(root?.entry).toBe(".");
      expect(file("node-require")).toBe(nodeFile(name, "require"));
      expect(file("node-import")).toBe(nodeFile(name, "import"));
    },
  );

  // As https://arethetypeswrong.github.io tells of the same versions.
  it.each([
    ["ajv", ["types-missing-export-equals"]],
    ["undici", ["types-false-export-default", "types-named-exports"]],
    ["commander", ["entry-not-exported", "types-cjs-resolves-to-esm", "types-untyped-resolution"]],
  ])(
    "knows what is wrong with the types of %s",
    async (name, rules) => {
      const found = await call("node_module_compat", { files: installed(name, PATTERN) });
      expect(found.isError, found.text).toBe(false);
      expect(
        found.rules
          .filter((rule) => !rule.startsWith("publint"))
          .toSorted((a, b) => a.localeCompare(b)),
      ).toEqual(rules);
    },
    60_000,
  );

  it("gives bundlers and browsers what yaml keeps for them", async () => {
    const { value } = await call("node_module_compat", {
      files: installed("yaml", PATTERN),
      types: false,
    });
    const [root] = value["entries"] as { consumers: Seen[] }[];
    expect(root?.consumers).toContainEqual(
      expect.objectContaining({ consumer: "node-import", file: "dist/index.js", format: "cjs" }),
    );
    expect(root?.consumers).toContainEqual(
      expect.objectContaining({ consumer: "workerd", file: "browser/index.js", format: "esm" }),
    );
  });

  it("tells what is missing, refused, of the other kind, or needs a new Node", async () => {
    const { value, rules } = await call("node_module_compat", {
      files: {
        "package.json": JSON.stringify({
          name: "lib",
          version: "1.0.0",
          type: "module",
          exports: {
            ".": "./index.js",
            "./gone": "./gone.js",
            "./only": { import: "./index.js" },
            "./odd": "./odd.js",
            "./old": "./old.cjs",
            "./p/*": "./parts/*.js",
          },
        }),
        "index.js": "export const a = 1;",
        "odd.js": "module.exports = 1;",
        "old.cjs": "exports.a = 1;",
        "parts/one.js": "export {};",
      },
      types: false,
    });
    const status = (entry: string, consumer: string): string | undefined =>
      (value["entries"] as { entry: string; consumers: Seen[] }[])
        .find((one) => one.entry === entry)
        ?.consumers.find((one) => one.consumer === consumer)?.status;
    expect(status(".", "node-import")).toBe("ok");
    expect(status(".", "node-require")).toBe("esm-by-require");
    expect(status("./gone", "bun")).toBe("missing");
    expect(status("./only", "node-require")).toBe("not-exported");
    expect(status("./odd", "node-import")).toBe("mismatch");
    expect(status("./old", "node-require")).toBe("ok");
    expect(status("./p/one", "deno")).toBe("ok");
    expect(rules).toEqual(
      expect.arrayContaining([
        "entry-missing",
        "entry-not-exported",
        "entry-mismatch",
        "entry-esm-by-require",
      ]),
    );
  });

  it("survives exports that are no exports, and code too deep to read", async () => {
    for (const exports of [
      7,
      [],
      { ".": { __proto__: null, a: [[[]]] } },
      { "./*": "*" },
      { "./a*b*c": "./*" },
      "../../../etc/passwd",
      { constructor: "./x.js" },
    ]) {
      const { isError, text } = await call("node_module_compat", {
        files: {
          "package.json": JSON.stringify({ name: "x", version: "1.0.0", exports }),
          "x.js": "(".repeat(60_000),
        },
        types: false,
      });
      expect(text).not.toMatch(/failed: |root:/);
      expect(isError, text).toBe(false);
    }
    expect((await call("node_module_compat", { files: { "a.js": "" } })).text).toContain(
      "There is no package.json",
    );
  });
});
