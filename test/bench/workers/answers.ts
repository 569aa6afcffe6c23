/** What the benchmark's workers say: fixed texts, so that a worker costs as little as a program on Node can. */

export const TOOLS = [
  { name: "echo", description: "Answers 1 KB.", inputSchema: { type: "object" } },
  { name: "payload", description: "Answers 100 KB.", inputSchema: { type: "object" } },
];

const MODERN = "2026-07-28";
const SERVER = { name: "bench", version: "1" };
const CAPABILITIES = { tools: {} };

const KB = "the quick brown fox jumps over a lazy dog 0123456789 and so on; ".repeat(16);
const BODY = {
  echo: resultTail(KB),
  payload: resultTail(KB.repeat(100)),
};

function resultTail(text: string): { modern: string; legacy: string } {
  const content = `"content":[{"type":"text","text":"${text}"}]}}`;
  return {
    modern: `,"result":{"resultType":"complete",${content}`,
    legacy: `,"result":{${content}`,
  };
}

const ID = /"id":("[^"]*"|\d+)/;

/** The answer to one JSON-RPC message; empty when there is none to give. */
export function answerTo(text: string): string {
  const id = ID.exec(text.length > 256 ? text.slice(0, 256) : text)?.[1] ?? ID.exec(text)?.[1];
  if (id === undefined) return "";
  if (!text.includes('"tools/call"')) return rare(id, text);
  const body = text.includes('"payload"') ? BODY.payload : BODY.echo;
  const tail = text.includes("io.modelcontextprotocol/protocolVersion") ? body.modern : body.legacy;
  return `{"jsonrpc":"2.0","id":${id}${tail}`;
}

function rare(id: string, text: string): string {
  const { method, params } = JSON.parse(text) as {
    method: string;
    params?: { protocolVersion?: string };
  };
  const result = resultOf(method, params?.protocolVersion ?? "2025-11-25");
  const outcome =
    result === undefined
      ? `"error":{"code":-32601,"message":"no such method"}`
      : `"result":${JSON.stringify({ resultType: "complete", ...result })}`;
  return `{"jsonrpc":"2.0","id":${id},${outcome}}`;
}

function resultOf(method: string, version: string): object | undefined {
  switch (method) {
    case "initialize":
      return { protocolVersion: version, capabilities: CAPABILITIES, serverInfo: SERVER };
    case "server/discover":
      return {
        supportedVersions: [MODERN],
        capabilities: CAPABILITIES,
        serverInfo: SERVER,
        ttlMs: 60_000,
        cacheScope: "public",
        _meta: { "io.modelcontextprotocol/serverInfo": SERVER },
      };
    case "tools/list":
      return { tools: TOOLS, ttlMs: 60_000, cacheScope: "public" };
    case "ping":
      return {};
    default:
      return undefined;
  }
}
