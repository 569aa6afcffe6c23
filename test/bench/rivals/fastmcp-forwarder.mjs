/** fastmcp has no proxy of its own: a server of it whose tools forward by the SDK's client. PORT UPSTREAM */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { FastMCP } from "fastmcp";
import { z } from "zod";

const [port, upstream] = process.argv.slice(2);
const client = new Client({ name: "gateway", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(upstream)));
const server = new FastMCP({ name: "gateway", version: "1.0.0" });
for (const name of ["echo", "payload"]) {
  server.addTool({
    name,
    description: name,
    parameters: z.object({ text: z.string().optional() }),
    execute: (args) => client.callTool({ name, arguments: args }),
  });
}
await server.start({
  transportType: "httpStream",
  httpStream: { port: Number(port), host: "127.0.0.1", enableJsonResponse: true },
});
