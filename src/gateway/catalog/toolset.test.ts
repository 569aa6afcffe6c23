import { describe, expect, test } from "vitest";
import type { ToolsetRecord } from "../../protocol/records.ts";
import { workerRecord } from "../testing/fleet.ts";
import { chooseMembers, mayHold } from "./toolset.ts";

const toolset = (change: Partial<ToolsetRecord>): ToolsetRecord => ({
  name: "daily",
  tools: [],
  workers: [],
  discovery: "full",
  ...change,
});

describe("whether a worker nobody has met may belong to a toolset", () => {
  const github = workerRecord("github");
  test.each([
    [["github_get"], true],
    [["github_*"], true],
    [["git*"], true],
    [["*_get"], true],
    [["gitlab_*"], false],
    [["gitlab_get"], false],
    [["!github_*"], false],
    [[], false],
  ])("%j: %s", (tools, expected) => {
    expect(mayHold(toolset({ tools }), github)).toBe(expected);
  });

  test("a named one does, and one without a prefix may", () => {
    expect(mayHold(toolset({ workers: ["github"] }), github)).toBe(true);
    const verbatim = { ...github, naming: "verbatim" as const };
    expect(mayHold(toolset({ tools: ["anything"] }), verbatim)).toBe(true);
    expect(mayHold(toolset({ tools: ["!anything"] }), verbatim)).toBe(false);
  });
});

const item = (definition: Record<string, unknown>) => [
  { worker: "app", original: "t", exposed: "app_t", definition, text: "{}" },
];

test("a worker that lends a tool lends nothing else, but the resources that its page needs", () => {
  const capabilities = { tools: {}, prompts: {}, resources: {}, extensions: { x: {} } };
  const record = {
    worker: "app",
    revision: "r1",
    fetchedAtMs: 0,
    source: "drone" as const,
    catalog: {
      serverInfo: { name: "app", version: "1" },
      instructions: "Mine.",
      capabilities,
      protocolVersion: "2026-07-28",
      tools: [],
      prompts: [],
      resources: [],
      resourceTemplates: [],
    },
  };
  const joined = { workers: [workerRecord("app")], catalogs: [record] };
  const lent = (definition: Record<string, unknown>) =>
    chooseMembers(toolset({}), joined, item(definition)).catalogs[0]?.catalog;
  expect(lent({})?.capabilities).toEqual({ tools: {} });
  expect(lent({})).not.toHaveProperty("instructions");
  expect(lent({ _meta: { ui: { resourceUri: "ui://app" } } })?.capabilities).toEqual({
    tools: {},
    resources: {},
    extensions: { x: {} },
  });
});
