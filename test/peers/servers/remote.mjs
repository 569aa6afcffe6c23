/** A Streamable HTTP server of the SDK on a free port; prints its URL, then serves until it is ended. */
import { createServer } from "node:http";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { toNodeHandler } from "@modelcontextprotocol/node";

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "orbit", version: "3.1.0" });
  server.registerTool(
    "orbital_period",
    {
      title: "Orbital period",
      description: "Minutes that one circular orbit around the Earth takes.",
      annotations: { readOnlyHint: true },
      inputSchema: fromJsonSchema({
        type: "object",
        properties: { altitudeKm: { type: "number", minimum: 0 } },
        required: ["altitudeKm"],
      }),
    },
    ({ altitudeKm }) => {
      const radius = 6_371_000 + altitudeKm * 1000;
      const minutes = (2 * Math.PI * Math.sqrt(radius ** 3 / 3.986_004_418e14)) / 60;
      return { content: [{ type: "text", text: minutes.toFixed(1) }] };
    },
  );
  return server;
});
const listener = createServer(toNodeHandler(handler));
listener.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${listener.address().port}/mcp\n`);
});
process.on("SIGTERM", () => process.exit(0));
