/** The TypeScript SDK of the second generation: URL, mode (auto or legacy), plan, order. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { ELICITED, runSteps, SAMPLED } from "./steps.mjs";

const [url, mode, plan, order] = process.argv.slice(2);
const LOG_LEVEL = "io.modelcontextprotocol/logLevel";
const seen = { updates: [], logs: [] };
const client = new Client(
  { name: `interop-sdk-v2-${mode}`, version: "1.0.0" },
  { versionNegotiation: { mode }, capabilities: { elicitation: {}, sampling: {} } },
);
client.setRequestHandler("elicitation/create", () => ELICITED);
client.setRequestHandler("sampling/createMessage", () => SAMPLED);
client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
  seen.updates.push(params.uri);
});
client.setNotificationHandler("notifications/message", ({ params }) => {
  seen.logs.push(params);
});
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const version = client.getNegotiatedProtocolVersion();
const isModern = version >= "2026";
const steps = await runSteps(JSON.parse(plan), JSON.parse(order), {
  client,
  seen,
  call: ({ name, args }, options, level) => {
    const meta = isModern && level !== undefined ? { _meta: { [LOG_LEVEL]: level } } : {};
    return client.callTool({ name, arguments: args, ...meta }, options);
  },
  subscribe: (uri) =>
    isModern ? client.listen({ resourceSubscriptions: [uri] }) : client.subscribeResource({ uri }),
  logging: () => (isModern ? undefined : client.setLoggingLevel("debug")),
});
process.stdout.write(JSON.stringify({ version, steps }), () => process.exit(0));
