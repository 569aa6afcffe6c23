/** What every toolpack promises, as a suite: a pack passes it in three lines, before its own tests. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { catalogOf } from "../catalog.ts";
import type { Tool, ToolAnnotations, Worker } from "../contract.ts";
import { toolpackClient } from "./client.ts";
import type { ToolpackClient } from "./client.ts";

export interface ToolpackPromise {
  /** The tools in their order. */
  tools: readonly string[];
  /** The catalogue that ships with the pack. */
  catalog: URL;
  /** Tools that may ask others over the network. Default: none. */
  asksOutside?: readonly string[];
  /** Tools that change something, and what they say of it. Default: every tool only reads. */
  changes?: Readonly<Record<string, ToolAnnotations>>;
  /** Tools that need no argument. Default: every tool refuses a call without any. */
  takesNothing?: readonly string[];
  /** Tools whose examples need what a test does not have; the pack's own tests show them. */
  cannotHere?: readonly string[];
  /** For tools that load a large engine. Default 60,000. */
  timeLimitMs?: number;
}

export function describeToolpack(makeWorker: () => Worker, promise: ToolpackPromise): void {
  const worker = makeWorker();
  const toolpack = toolpackClient(worker);
  afterAll(toolpack.close);
  const byName = worker.tools.map((tool) => [tool.definition.name, tool] as const);

  describe(`the ${worker.name} toolpack`, () => {
    it("offers its tools in order", () => {
      expect(byName.map(([name]) => name)).toEqual(promise.tools);
    });
    it("ships the catalogue of exactly these tools (run scripts/catalog.ts when this fails)", () => {
      const shipped: unknown = JSON.parse(readFileSync(promise.catalog, "utf8"));
      expect(shipped).toEqual(JSON.parse(JSON.stringify(catalogOf(worker))));
    });
    it.each(byName)("describes %s: both schemas, annotations", (name, tool) => {
      expectDescribed(tool, {
        openWorldHint: promise.asksOutside?.includes(name) ?? false,
        ...(promise.changes?.[name] ?? { readOnlyHint: true }),
      });
    });
    it.each(byName.filter(([name]) => promise.cannotHere?.includes(name) !== true))(
      "%s answers its examples",
      (_, tool) => expectExamples(toolpack, tool),
      promise.timeLimitMs ?? 60_000,
    );
    it.each(byName)("%s says what is wrong with bad arguments", async (name, tool) => {
      await expectUnknownRefused(toolpack, tool);
      if (promise.takesNothing?.includes(name) !== true) await expectEmptyRefused(toolpack, tool);
    });
    it.each(byName.filter(([, tool]) => takesPath(tool)))(
      "%s reads no path that was not allowed",
      (name) => expectSandbox(toolpack, name),
    );
  });
}

function expectDescribed({ definition }: Tool, hints: ToolAnnotations): void {
  const { title, description, inputSchema, outputSchema, annotations } = definition;
  expect(title).toBeDefined();
  expect(description?.length).toBeGreaterThan(80);
  expect(outputSchema).toMatchObject({ type: "object" });
  expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
  expect(annotations).toMatchObject(hints);
}

async function expectExamples({ call }: ToolpackClient, tool: Tool): Promise<void> {
  expect(tool.examples.length).toBeGreaterThan(0);
  for (const example of tool.examples) {
    const { isError, text } = await call(tool.definition.name, example.arguments);
    expect(isError, text).toBe(false);
  }
}

async function expectUnknownRefused({ call }: ToolpackClient, tool: Tool): Promise<void> {
  const args = { ...tool.examples[0]?.arguments, nonsense: 1 };
  const unknown = await call(tool.definition.name, args);
  expect(unknown.isError).toBe(true);
  expect(unknown.text).toContain("/nonsense is not known here");
}

async function expectEmptyRefused({ call }: ToolpackClient, tool: Tool): Promise<void> {
  const empty = await call(tool.definition.name, {});
  expect(empty.isError, "no arguments").toBe(true);
  expect(empty.text.length).toBeGreaterThan(10);
}

async function expectSandbox({ call }: ToolpackClient, name: string): Promise<void> {
  for (const path of ["/etc/passwd", "../../../etc/passwd", "\0", "C:\\Windows\\win.ini"]) {
    const { isError, text } = await call(name, { path });
    expect(isError, path).toBe(true);
    expect(text).not.toContain("root:");
  }
}

function takesPath({ definition }: Tool): boolean {
  const { properties } = definition.inputSchema;
  return typeof properties === "object" && properties !== null && "path" in properties;
}
