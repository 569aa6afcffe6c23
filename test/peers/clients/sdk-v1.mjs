/** The TypeScript SDK of the first generation, which speaks protocol versions up to 2025-11-25. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, , calls = "[]"] = process.argv.slice(2);
const client = new Client({ name: "journey-sdk-v1", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const tools = [];
let cursor;
do {
  const page = await client.listTools(cursor === undefined ? {} : { cursor });
  tools.push(...page.tools.map(({ name }) => name));
  cursor = page.nextCursor;
} while (cursor !== undefined);
const results = [];
for (const call of JSON.parse(calls)) results.push(await client.callTool(call));
process.stdout.write(JSON.stringify({ server: client.getServerVersion(), tools, results }));
await client.close();
