/**
 * `node driver.ts URL`: the client that the suite starts. It puts a Flotilla in front of the suite's server and does
 * through the gateway what the scenario (MCP_CONFORMANCE_SCENARIO) wants to see.
 */
import { startFlotilla } from "../journeys/flotilla.ts";
import { createDriverClient } from "./driver-client.ts";
import type { DriverClient, Json } from "./driver-client.ts";

const WORKER = "suite";
type Play = (client: DriverClient) => Promise<void>;

interface Listed {
  name: string;
  uri?: string;
  inputSchema?: { properties?: Record<string, { type?: string }>; required?: string[] };
}

const toolsOf = async (client: DriverClient): Promise<Listed[]> => {
  const { tools } = await client.request("tools/list");
  return (tools ?? []) as Listed[];
};

/** Something of the right type for each argument that must be there. */
function sampleArguments({ inputSchema }: Listed): Json {
  const samples: Record<string, unknown> = {
    number: 2,
    integer: 2,
    boolean: true,
    object: {},
    array: [],
  };
  const { properties = {}, required = [] } = inputSchema ?? {};
  return Object.fromEntries(
    required.map((name) => [name, samples[properties[name]?.type ?? ""] ?? "text"]),
  );
}

const callAll: Play = async (client) => {
  for (const tool of await toolsOf(client)) {
    await client.attempt("tools/call", { name: tool.name, arguments: sampleArguments(tool) });
  }
};

const useEverything: Play = async (client) => {
  await callAll(client);
  const { prompts } = await client.attempt("prompts/list");
  for (const { name } of (prompts ?? []) as Listed[]) await client.attempt("prompts/get", { name });
  const { resources } = await client.attempt("resources/list");
  for (const { uri } of (resources ?? []) as Listed[]) {
    await client.attempt("resources/read", { uri });
  }
};

const listOnly: Play = async (client) => void (await toolsOf(client));

const repeatSchema: Play = async (client) => {
  const tool = (await toolsOf(client)).find(({ name }) => name === "json_schema_2020_12_tool");
  const args = { schema: tool?.inputSchema };
  await client.request("tools/call", { name: "json_schema_echo", arguments: args });
};

/** The suite says in its context which calls it wants. */
const callAsTold: Play = async (client) => {
  await toolsOf(client);
  const context = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as {
    toolCalls?: { name: string; arguments: Json }[];
  };
  for (const call of context.toolCalls ?? []) await client.attempt("tools/call", { ...call });
};

const PLAYS: Readonly<Record<string, Play>> = {
  "http-standard-headers": useEverything,
  "http-custom-headers": callAsTold,
  "json-schema-ref-no-deref": listOnly,
  "json-schema-2020-12-preservation": repeatSchema,
};

async function main(): Promise<void> {
  const url = process.argv.at(-1) ?? "";
  const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
  const workers = { [WORKER]: { url, naming: "verbatim" } };
  await using flotilla = await startFlotilla({ config: { toolpacks: "none", workers } });
  const client = createDriverClient(`${flotilla.url}/mcp/${WORKER}`);
  await (PLAYS[scenario] ?? callAll)(client);
  process.stdout.write(flotilla.log());
}

await main();
