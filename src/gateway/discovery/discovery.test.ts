import { afterEach, expect, test } from "vitest";
import { keys, type ToolsetRecord } from "../../protocol/records.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import { settle } from "../testing/fake-clock.ts";
import { fakeWorker } from "../testing/fake-worker.ts";
import { mcpRequest, testFleet, type TestFleet } from "../testing/fleet.ts";

let fleets: TestFleet[] = [];
afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.router.close()));
  fleets = [];
});

const at = (worker: string) => ({ kind: "worker" as const, worker });
const GITHUB = [
  { name: "create_issue", description: "Creates an issue.", annotations: { readOnlyHint: false } },
  { name: "list_issues", description: "Lists issues.", annotations: { readOnlyHint: true } },
  { name: "delete_repo", description: "Deletes a repository." },
];

async function fleetOf(toolset?: Partial<ToolsetRecord>): Promise<TestFleet> {
  const fleet = await testFleet();
  fleets.push(fleet);
  await fleet.addWorker("github");
  await fleet.addWorker("db", { naming: "verbatim" });
  await fleet.addCatalog("github", { tools: GITHUB, capabilities: { tools: {}, prompts: {} } });
  await fleet.addCatalog("db", {
    tools: [{ name: "sql_explain", description: "Explains a query." }, { name: "find_tools" }],
    prompts: [{ name: "tune" }],
    capabilities: { tools: {}, prompts: {} },
    instructions: "Ask me about SQL.",
  });
  if (toolset !== undefined) await putToolset(fleet, toolset);
  return fleet;
}

async function putToolset(fleet: TestFleet, change: Partial<ToolsetRecord>): Promise<void> {
  const record = { name: "daily", tools: [], workers: [], discovery: "full", ...change };
  await fleet.store.records.put(keys.toolset(record.name), record);
  await settle();
}

interface Told {
  tools: { name: string }[];
  prompts: unknown[];
  content: { text: string }[];
  isError?: boolean;
  instructions: string;
  capabilities: unknown;
  ["_meta"]: Record<string, unknown>;
}

function resultOf(outcome: McpOutcome): Told {
  if (outcome.kind !== "result") throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.result.text);
}
const toolsOf = (outcome: McpOutcome): string[] => resultOf(outcome).tools.map(({ name }) => name);
const textOf = (outcome: McpOutcome): string => resultOf(outcome).content[0]?.text ?? "";

// oxlint-disable-next-line max-params -- each call reads as the one a model makes
function meta(fleet: TestFleet, name: string, args: unknown, change?: Partial<McpRequest>) {
  const params = { name, arguments: args };
  return fleet.handle("tools/call", { endpoint: at("progressive"), params, ...change });
}

test("a toolset has the chosen tools under the aggregate's names, and nothing else", async () => {
  const fleet = await fleetOf({ tools: ["github_*", "!*_delete_*"], workers: ["db"] });
  const endpoint = at("daily");
  expect(toolsOf(await fleet.handle("tools/list", { endpoint }))).toEqual([
    "sql_explain",
    "db_find_tools",
    "github_create_issue",
    "github_list_issues",
  ]);
  const prompts = resultOf(await fleet.handle("prompts/list", { endpoint }));
  expect(prompts.prompts).toHaveLength(1);
  const refused = await fleet.call("github_delete_repo", { endpoint });
  expect(refused).toMatchObject({ kind: "error", error: { code: -32602 } });
  expect(fleet.router.knows(endpoint)).toBe(true);
  expect(fleet.router.knows(at("daly"))).toBe(false);
});

test("what a lending worker says of itself stays with its own endpoint", async () => {
  const fleet = await fleetOf({ tools: ["sql_explain"], title: "Daily", description: "For work." });
  const told = resultOf(await fleet.handle("server/discover", { endpoint: at("daily") }));
  expect(told.instructions).toContain("For work.");
  expect(told.instructions).not.toContain("Ask me about SQL");
  expect(told.capabilities).toMatchObject({ tools: { listChanged: true } });
  expect(told.capabilities).not.toHaveProperty("prompts");
  expect(told["_meta"]["io.modelcontextprotocol/serverInfo"]).toMatchObject({ title: "Daily" });
});

test("a changed toolset is told to those who listen, once", async () => {
  const fleet = await fleetOf({ tools: ["github_list_issues"] });
  const told: string[] = [];
  const filter = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: [],
  };
  await fleet.router.listen({
    endpoint: at("daily"),
    client: mcpRequest("x").client,
    filter,
    signal: new AbortController().signal,
    emit: (method) => void told.push(method),
  });
  await putToolset(fleet, { tools: ["github_*"] });
  await putToolset(fleet, { tools: ["github_c*"] });
  await fleet.clock.advance(1_000);
  expect(told).toEqual(["notifications/tools/list_changed"]);
});

test("a progressive endpoint lists three tools and wakes nobody for it", async () => {
  const fleet = await fleetOf();
  await fleet.addWorker("unmet");
  const listed = await fleet.handle("tools/list", { endpoint: at("progressive") });
  expect(toolsOf(listed)).toEqual(["find_tools", "describe_tool", "call_tool"]);
  expect(fleet.wakes).toEqual([]);
});

test("find, describe and call lead to the tool itself, whose result comes back byte for byte", async () => {
  const fleet = await fleetOf();
  const raw = '{"resultType":"complete","content":[],"structuredContent":{"n":1.0}}';
  const worker = fakeWorker({
    era: "modern",
    tools: GITHUB,
    on: ({ method }) => (method === "tools/call" ? raw : undefined),
  });
  await fleet.addDrone("github", () => worker);
  expect(textOf(await meta(fleet, "find_tools", { query: "open an issue", limit: 1 }))).toBe(
    "github_create_issue() — Creates an issue.",
  );
  const described = JSON.parse(
    textOf(await meta(fleet, "describe_tool", { name: "github_create_issue" })),
  );
  expect(described).toEqual({ ...GITHUB[0], name: "github_create_issue" });
  const args = { title: "x" };
  const called = await meta(fleet, "call_tool", { name: "github_create_issue", arguments: args });
  expect(called).toMatchObject({ kind: "result", result: { text: raw } });
  const sent = worker.got.find(({ method }) => method === "tools/call");
  expect(sent?.params).toMatchObject({ name: "create_issue", arguments: args });
});

test("progress and cancellation of call_tool are those of the call", async () => {
  const fleet = await fleetOf();
  const worker = fakeWorker({
    era: "modern",
    tools: GITHUB,
    on: ({ method, params }, self) => {
      if (method !== "tools/call") return undefined;
      const { progressToken } = params["_meta"] as { progressToken: string };
      self.notify("notifications/progress", { progressToken, progress: 1 });
      return "never";
    },
  });
  await fleet.addDrone("github", () => worker);
  const stop = new AbortController();
  const heard: string[] = [];
  const pending = meta(
    fleet,
    "call_tool",
    { name: "github_list_issues" },
    {
      signal: stop.signal,
      wantsProgress: true,
      notify: (method) => void heard.push(method),
    },
  );
  await settle();
  stop.abort();
  expect(await pending).toMatchObject({ kind: "error", cause: { code: "call_cancelled" } });
  await settle();
  expect(heard).toEqual(["notifications/progress"]);
  expect(worker.countOf("notifications/cancelled")).toBe(1);
});

test("mistakes of a model come back as results that it can mend", async () => {
  const fleet = await fleetOf();
  const wrong = async (name: string, args: unknown): Promise<string> => {
    const result = resultOf(await meta(fleet, name, args));
    expect(result.isError).toBe(true);
    return result.content[0]?.text ?? "";
  };
  expect(await wrong("find_tools", {})).toContain("needs a query");
  expect(await wrong("find_tools", { query: "x", limit: 0 })).toContain("1 to 20");
  expect(await wrong("find_tools", { query: "x", worker: "githib" })).toContain("github");
  expect(await wrong("describe_tool", { name: "github_create_isue" })).toContain("create_issue");
  expect(await wrong("call_tool", { name: "call_tool" })).toContain("no tool call_tool");
  expect(await wrong("call_tool", { name: "sql_explain", arguments: [1] })).toContain("object");
  const none = resultOf(await meta(fleet, "find_tools", { query: "qqqzzz" }));
  expect([none.isError, none.content[0]?.text]).toEqual([
    undefined,
    "No tool matches. Try other words. Servers: db, github.",
  ]);
});

test("a progressive toolset finds and calls nothing outside itself", async () => {
  const fleet = await fleetOf({ workers: ["db"], discovery: "progressive" });
  const endpoint = at("daily");
  const found = await meta(fleet, "find_tools", { query: "explain issue" }, { endpoint });
  expect(textOf(found)).toBe("sql_explain() — Explains a query.");
  const called = await meta(fleet, "call_tool", { name: "github_list_issues" }, { endpoint });
  expect(resultOf(called).isError).toBe(true);
});

const only = (visibility: string[]) => ({ _meta: { ui: { visibility } } });

test("tools that only pages may call are no model's business", async () => {
  const fleet = await fleetOf();
  await fleet.addWorker("app");
  await fleet.addCatalog("app", {
    tools: [
      { name: "chess_move", ...only(["app"]) },
      { name: "chess_show", ...only(["model", "app"]) },
    ],
  });
  expect(textOf(await meta(fleet, "find_tools", { query: "chess" }))).toBe("app_chess_show()");
  const refused = resultOf(await meta(fleet, "call_tool", { name: "app_chess_move" }));
  expect(refused.isError).toBe(true);
});

test("a worker in trouble is found with its state", async () => {
  const fleet = await fleetOf();
  const health = { worker: "github", state: "crash_loop", failures: 9, sinceMs: 0 };
  await fleet.store.records.put(keys.health("github"), health);
  await settle();
  const found = textOf(await meta(fleet, "find_tools", { query: "list issues", limit: 1 }));
  expect(found).toContain("[crash_loop]");
});
