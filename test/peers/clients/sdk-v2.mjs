/** The TypeScript SDK of the second generation, letting it find out the era (`auto`) or holding it to `legacy`. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, mode = "auto", calls = "[]"] = process.argv.slice(2);
const client = new Client(
  { name: `journey-sdk-v2-${mode}`, version: "1.0.0" },
  { versionNegotiation: { mode } },
);
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
const version = client.getNegotiatedProtocolVersion?.();
process.stdout.write(
  JSON.stringify({ server: client.getServerVersion(), version, tools, results }),
);
await client.close();
