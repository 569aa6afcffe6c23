/** What a first start offers: sixty-four tools in eight categories, each under a name of its own and fully described. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const PACKS = join(import.meta.dirname, "../../toolpacks");
const TOOLS = {
  nodejs: 8,
  python: 9,
  docker: 9,
  quality: 15,
  webdesign: 8,
  database: 8,
  api: 5,
  architecture: 2,
} as const;

interface Tool {
  name: string;
  title?: string;
  description?: string;
  inputSchema: { type?: string; properties?: Record<string, unknown> };
  outputSchema?: { type?: string };
  annotations?: { readOnlyHint?: boolean };
}

function toolsOf(pack: string): Tool[] {
  const catalog: { tools: Tool[] } = JSON.parse(
    readFileSync(join(PACKS, pack, "catalog.gen.json"), "utf8"),
  );
  return catalog.tools;
}

describe("the eight categories", () => {
  test.each(Object.entries(TOOLS))("%s has %i tools", (pack, count) => {
    const tools = toolsOf(pack);
    expect(tools).toHaveLength(count);
    for (const { title, description, inputSchema, outputSchema, annotations } of tools) {
      expect(title).toBeDefined();
      expect(description).toBeDefined();
      expect(inputSchema.type).toBe("object");
      expect(Object.keys(inputSchema.properties ?? {})).not.toEqual([]);
      expect(outputSchema?.type).toBe("object");
      expect(annotations?.readOnlyHint).toBe(true);
    }
  });

  test("are sixty-four tools, no two of one name", () => {
    const names = Object.keys(TOOLS).flatMap((pack) => toolsOf(pack).map(({ name }) => name));
    expect(new Set(names).size).toBe(64);
  });

  test.each(Object.keys(TOOLS))("%s shows each of its tools in its README", (pack) => {
    const readme = readFileSync(join(PACKS, pack, "README.md"), "utf8");
    for (const { name } of toolsOf(pack)) expect(readme).toContain(name);
  });
});
