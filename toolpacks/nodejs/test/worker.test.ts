import { describeToolpack } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";
import { nodejsClient } from "./support.ts";

describeToolpack(() => createWorker({}), {
  tools: [
    "node_package_review",
    "node_dependency_graph",
    "node_vulnerability_scan",
    "node_bundle_analyze",
    "node_cpu_profile_analyze",
    "node_heap_snapshot_analyze",
    "node_module_compat",
    "node_async_hazards",
  ],
  catalog: new URL("../catalog.gen.json", import.meta.url),
  asksOutside: ["node_vulnerability_scan"],
});

const { call } = nodejsClient();
const deep = "[".repeat(100_000);
const TEXTS: Record<string, string> = {
  empty: "",
  blank: "  \n",
  zero: "\0",
  half: '{"a":',
  deep,
  "deep object": '{"a":'.repeat(50_000),
  list: "[]",
  number: "7",
  "wrong shape": '{"nodes":7,"packages":7,"lockfileVersion":{},"snapshot":[],"dependencies":[]}',
  "no encoding": "\uD800\uDFFF\uFFFE{\uD800",
};

describe.each([
  "node_package_review",
  "node_dependency_graph",
  "node_cpu_profile_analyze",
  "node_heap_snapshot_analyze",
])("%s on texts that are none of its kind", (name) => {
  it.each(Object.entries(TEXTS))("says what is wrong: %s", async (_, content) => {
    const { isError, text } = await call(name, { content });
    expect(text).not.toMatch(/failed: |Maximum call stack|undefined/);
    if (name !== "node_package_review" && name !== "node_dependency_graph")
      expect(isError, text).toBe(true);
  });
});

describe("hostile lockfiles", () => {
  const hostile = JSON.stringify({
    lockfileVersion: 3,
    packages: {
      "": { dependencies: { constructor: "*", a: "^1" } },
      "node_modules/constructor": { version: "1.0.0", dependencies: { toString: "*", a: "*" } },
      "node_modules/toString": { version: "../../../../etc/passwd", license: "(".repeat(500) },
      "node_modules/a": {
        version: "1.0.0",
        dependencies: { constructor: "*" },
        resolved: "http://x/a.tgz",
      },
    },
  }).replace('"node_modules/a"', '"__proto__":{"version":"9.9.9"},"node_modules/a"');
  it.each(["node_package_review", "node_dependency_graph"])(
    "%s reads names of the prototype as names",
    async (name) => {
      const { isError, text, value } = await call(name, {
        files: { "package-lock.json": hostile },
      });
      expect(isError, text).toBe(false);
      expect(JSON.stringify(value)).not.toContain("native code");
    },
  );
  it("finds the circle, and the source without encryption", async () => {
    const graph = await call("node_dependency_graph", { files: { "package-lock.json": hostile } });
    expect(graph.value["cycles"]).toEqual([["constructor@1.0.0", "a@1.0.0"]]);
    const { rules } = await call("node_package_review", {
      files: { "package-lock.json": hostile },
    });
    expect(rules).toContain("dependency-insecure");
  });
  it("refuses aliases that would grow without end", async () => {
    const bomb = [
      "lockfileVersion: '9.0'",
      "a: &a [x,x,x,x]",
      "b: &b [*a,*a,*a,*a]",
      "c: [*b,*b,*b,*b]",
    ].join("\n");
    const { isError, text } = await call("node_dependency_graph", {
      files: { "pnpm-lock.yaml": bomb },
    });
    expect(isError).toBe(true);
    expect(text).toContain("Alias resolution is disabled");
  });
  it("reads five thousand packages", async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `p${index}`);
    const packages = Object.fromEntries(
      names.map((name, index) => [
        `node_modules/${name}`,
        {
          version: "1.0.0",
          license: "MIT",
          integrity: "sha512-x",
          dependencies: Object.fromEntries(
            [`p${index + 1}`, `p${(index * 7) % 5_000}`].map((to) => [to, "^1.0.0"]),
          ),
        },
      ]),
    );
    const lock = JSON.stringify({
      lockfileVersion: 3,
      packages: { "": { dependencies: { p0: "*" } }, ...packages },
    });
    const { value, isError, text } = await call("node_dependency_graph", {
      files: { "package-lock.json": lock },
      why: ["p4999"],
    });
    expect(isError, text).toBe(false);
    expect(value["packages"]).toBe(5_000);
  }, 30_000);
});
