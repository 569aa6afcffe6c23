/** A server of fastmcp (npm): everything that the interop matrix asks for. `--http PORT` listens, else stdio. */
import { FastMCP } from "fastmcp";
import { z } from "zod";

const TIDE = "tide://now";
const server = new FastMCP({ name: "fastmcp-peer", version: "1.0.0" });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

server.addTool({
  name: "sum",
  description: "Adds.",
  parameters: z.object({ a: z.number(), b: z.number() }),
  outputSchema: z.object({ sum: z.number() }),
  execute: async ({ a, b }) => ({ sum: a + b }),
});
server.addTool({
  name: "fail",
  description: "Fails.",
  execute: async () => {
    throw new Error("run aground");
  },
});
server.addTool({
  name: "steps",
  description: "Takes its time and says how far it is.",
  parameters: z.object({ steps: z.number(), pauseMs: z.number() }),
  execute: async ({ steps, pauseMs }, { reportProgress }) => {
    for (let step = 1; step <= steps; step += 1) {
      await pause(pauseMs);
      await reportProgress({ progress: step, total: steps });
    }
    return "arrived";
  },
});
server.addTool({
  name: "touch",
  description: "Changes the watched resource.",
  execute: async () => {
    await server.sendResourceUpdated(TIDE);
    return "touched";
  },
});
server.addTool({
  name: "shout",
  description: "Writes to the client's log.",
  execute: async (_args, { log }) => {
    log.warn("ahoy");
    return "shouted";
  },
});
server.addTool({
  name: "ask",
  description: "Asks the user for a name.",
  execute: async (_args, { elicit }) => {
    const answer = await elicit({
      message: "What is your name?",
      requestedSchema: {
        type: "object",
        properties: { name: { type: "string" } },
        required: ["name"],
      },
    });
    return `${answer.action} ${String(answer.content?.name)}`;
  },
});
server.addTool({
  name: "think",
  description: "Asks the client's model.",
  execute: async (_args, { session: _none, client: _client, sessionId }) => {
    const session =
      server.sessions.find((one) => one.sessionId === sessionId) ?? server.sessions[0];
    const answer = await session.requestSampling({
      messages: [{ role: "user", content: { type: "text", text: "Where to?" } }],
      maxTokens: 50,
    });
    return `thought ${answer.content.text}`;
  },
});
server.addResource({
  uri: TIDE,
  name: "tide",
  mimeType: "text/plain",
  load: async () => ({ text: "high water" }),
});

const at = process.argv.indexOf("--http");
if (at < 0) await server.start({ transportType: "stdio" });
else {
  const port = Number(process.argv[at + 1]);
  await server.start({
    transportType: "httpStream",
    httpStream: { port, host: "127.0.0.1", endpoint: "/mcp" },
  });
  process.stdout.write(`http://127.0.0.1:${port}/mcp\n`);
}
