/** With nothing configured, every client that people use lists `sql_explain`, calls it and gets a true plan. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Flotilla, startFlotilla } from "./flotilla.ts";
import {
  inspector,
  lacksNode,
  lacksPython,
  NODE_NEEDED,
  type PeerClient,
  PYTHON_NEEDED,
  pythonAuto,
  pythonLegacy,
  sdkV1,
  sdkV2Auto,
  sdkV2Legacy,
} from "./peers.ts";

const DDL = "create table ships (id int primary key, name text not null, berth int not null)";
const SQL = "select berth, count(*) from ships group by berth order by berth";
const EXPLAIN = { name: "sql_explain", arguments: { ddl: DDL, sql: SQL } };

let flotilla: Flotilla;
beforeAll(async () => {
  flotilla = await startFlotilla();
});
afterAll(() => flotilla[Symbol.asyncDispose]());

async function explains(client: PeerClient, path: string): Promise<void> {
  const { tools, results } = await client(`${flotilla.url}${path}`, [EXPLAIN]);
  expect(tools).toContain("sql_explain");
  const [result] = results;
  expect(result?.isError ?? false).toBe(false);
  const said = JSON.stringify(result);
  // Only a planner that has seen the table says these: the rows are read, grouped and put in order.
  expect(said).toMatch(/Seq Scan/);
  expect(said).toMatch(/Aggregate/);
  expect(said).toContain("ships");
}

describe.skipIf(lacksNode)(`clients from npm ${NODE_NEEDED}`, () => {
  test.each([
    ["TypeScript SDK 1, /mcp", sdkV1, "/mcp"],
    ["TypeScript SDK 1, /mcp/database", sdkV1, "/mcp/database"],
    ["TypeScript SDK 2 auto, /mcp", sdkV2Auto, "/mcp"],
    ["TypeScript SDK 2 auto, /mcp/database", sdkV2Auto, "/mcp/database"],
    ["TypeScript SDK 2 legacy, /mcp", sdkV2Legacy, "/mcp"],
    ["Inspector, /mcp", inspector, "/mcp"],
  ])("%s", async (_name, client, path) => {
    await explains(client, path);
  });

  test("the second SDK finds the modern era by itself", async () => {
    expect((await sdkV2Auto(`${flotilla.url}/mcp`, [])).version).toBe("2026-07-28");
  });
});

describe.skipIf(lacksPython)(`the Python SDK ${PYTHON_NEEDED}`, () => {
  test.each([
    ["auto", pythonAuto],
    ["legacy", pythonLegacy],
  ])("%s", async (_name, client) => {
    await explains(client, "/mcp");
  });
});
