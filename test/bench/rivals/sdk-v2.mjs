/** The gateway one writes with the second TypeScript SDK: one client behind, a server a request in front. PORT UPSTREAM */
import { createServer } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";

const [port, upstream] = process.argv.slice(2);
const client = new Client(
  { name: "gateway", version: "1" },
  { versionNegotiation: { mode: "auto" } },
);
await client.connect(new StreamableHTTPClientTransport(new URL(upstream)));

const handler = createMcpHandler(() => {
  const server = new Server({ name: "gateway", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", ({ params }) => client.listTools(params));
  server.setRequestHandler("tools/call", ({ params }) =>
    client.callTool({ name: params.name, arguments: params.arguments }),
  );
  return server;
});
createServer(toNodeHandler(handler)).listen(Number(port), "127.0.0.1", 2048);
