import { expect, it } from "vitest";
import type { ToolsetSpec } from "../../../protocol/fleet.ts";
import { publishToolsets } from "./reconciler.ts";

const ops: ToolsetSpec = { name: "ops", tools: ["sql_*"], workers: [], discovery: "full" };

it("publishes what is new or differs, and nothing when all is as wanted", () => {
  expect(publishToolsets([ops], new Map())).toEqual([{ do: "put_toolset", record: ops }]);
  const older = new Map([["ops", { ...ops, tools: [] }]]);
  expect(publishToolsets([ops], older)).toEqual([{ do: "put_toolset", record: ops }]);
  expect(publishToolsets([ops], new Map([["ops", { ...ops }]]))).toEqual([]);
});

it("takes away what is no longer wanted", () => {
  expect(publishToolsets([], new Map([["ops", ops]]))).toEqual([
    { do: "delete_toolset", name: "ops" },
  ]);
});
