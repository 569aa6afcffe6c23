/** Toolpacks in the real workerd: built as they are deployed, called over HTTP, and compared with Node's answers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestClient } from "../../src/worker/index.ts";
import type { TestClient, Worker } from "../../src/worker/index.ts";
import { EDGE_RUNTIME, bundleForEdge } from "./bundle.node.ts";
import type { EdgeBundle } from "./bundle.node.ts";

const PACKS = join(import.meta.dirname, "../../toolpacks");
const VERSION = "2026-07-28";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-edge-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function startEdge({ files: [main = "", ...wasm] }: EdgeBundle): Miniflare {
  return new Miniflare({
    modulesRoot: dirname(main),
    modules: [
      { type: "ESModule", path: main },
      ...wasm.map((path) => ({ type: "CompiledWasm" as const, path })),
    ],
    compatibilityDate: EDGE_RUNTIME.compatibilityDate,
    compatibilityFlags: [...EDGE_RUNTIME.compatibilityFlags],
  });
}

async function ask(url: URL, method: string, params: Record<string, unknown>) {
  const name = params["name"];
  const response = await fetch(new URL("/mcp", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": VERSION,
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
  return response.json() as Promise<{ result: Record<string, unknown> }>;
}

describe.each(["api", "database", "docker", "nodejs", "python", "quality", "webdesign"])(
  "the %s toolpack in workerd",
  (name) => {
    let bundle: EdgeBundle;
    let edge: Miniflare;
    let worker: Worker;
    let node: TestClient;
    beforeAll(async () => {
      const pack = join(PACKS, name);
      bundle = await bundleForEdge({ pack, out: join(folder, name) });
      edge = startEdge(bundle);
      const source: { createWorker(): Worker } = await import(join(pack, "src/worker.ts"));
      worker = source.createWorker();
      node = createTestClient(worker);
    });
    afterAll(async () => {
      node.close();
      await worker.onStop?.();
      await edge.dispose();
    });

    it("offers every tool but those that its manifest refuses", async () => {
      const { result } = await ask(await edge.ready, "tools/list", {});
      const offered = (result["tools"] as { name: string }[]).map((tool) => tool.name);
      expect(offered).toEqual(bundle.tools);
      const all = worker.tools.map(({ definition }) => definition.name);
      expect([...offered, ...Object.keys(bundle.refused)].toSorted()).toEqual(all.toSorted());
    });

    it("answers each tool's first example as on Node", async () => {
      for (const { definition, examples } of worker.tools) {
        if (!bundle.tools.includes(definition.name)) continue;
        const call = { name: definition.name, arguments: examples[0]?.arguments ?? {} };
        const { result } = await ask(await edge.ready, "tools/call", call);
        expect.soft(result["isError"] ?? false, JSON.stringify(result["content"])).toBe(false);
        const there = await node.callTool(call.name, call.arguments);
        expect.soft(result["structuredContent"], call.name).toEqual(there.structuredContent);
      }
    });
  },
);

describe("a build for the edge", () => {
  const out = (): string => join(folder, "refused");

  it("refuses a tool that cannot run there, and says why", async () => {
    const build = bundleForEdge({
      pack: join(PACKS, "database"),
      out: out(),
      tools: ["sql_format", "sql_explain"],
    });
    await expect(build).rejects.toMatchObject({
      code: "not_supported",
      message: expect.stringMatching(/^sql_explain cannot run at the edge: it runs PostgreSQL/),
    });
  });

  it("refuses a pack of which nothing can run there", async () => {
    const build = bundleForEdge({ pack: join(PACKS, "architecture"), out: out() });
    await expect(build).rejects.toMatchObject({
      code: "not_supported",
      message: "None of its tools can run at the edge: its parser is native code.",
    });
  });

  it("holds the tools that were asked for", async () => {
    const pack = join(PACKS, "docker");
    const bundle = await bundleForEdge({ pack, out: out(), tools: ["dockerfile_lint"] });
    expect(bundle.tools).toEqual(["dockerfile_lint"]);
    expect(basename(bundle.files[0] ?? "")).toBe("worker.js");
  });
});
