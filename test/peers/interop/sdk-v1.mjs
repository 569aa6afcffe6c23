/** The TypeScript SDK of the first generation: URL, mode, plan, order. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { ELICITED, runSteps, SAMPLED } from "./steps.mjs";

const [url, , plan, order] = process.argv.slice(2);
const seen = { updates: [], logs: [] };
const client = new Client(
  { name: "interop-sdk-v1", version: "1.0.0" },
  { capabilities: { elicitation: {}, sampling: {} } },
);
client.setRequestHandler(ElicitRequestSchema, () => ELICITED);
client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
  seen.updates.push(params.uri);
});
client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
  seen.logs.push(params);
});
const transport = new StreamableHTTPClientTransport(new URL(url));
await client.connect(transport);
const steps = await runSteps(JSON.parse(plan), JSON.parse(order), {
  client,
  seen,
  call: ({ name, args }, options) => client.callTool({ name, arguments: args }, undefined, options),
  subscribe: (uri) => client.subscribeResource({ uri }),
  logging: () => client.setLoggingLevel("debug"),
});
await client.close();
process.stdout.write(JSON.stringify({ version: transport.protocolVersion, steps }), () =>
  process.exit(0),
);
