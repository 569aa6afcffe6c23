/** The smallest modern client: one POST a call. Journeys use it where a peer's client would only be in the way. */

const VERSION = "2026-07-28";
const META = {
  "io.modelcontextprotocol/protocolVersion": VERSION,
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "journey", version: "1.0.0" },
};

export interface WireErrorBody {
  code: number;
  message: string;
  data?: { code?: string; worker?: string; reason?: string; hint?: string; retryAfterMs?: number };
}

export interface Answer {
  status: number;
  result?: Record<string, unknown>;
  error?: WireErrorBody;
}

export async function request(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
): Promise<Answer> {
  const name = params["name"] ?? params["uri"];
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } }),
  });
  return { status: response.status, ...parse(response, await response.text()) };
}

/** A JSON answer, or the last message of an event stream: notifications come before it. */
function parse(response: Response, text: string): Omit<Answer, "status"> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) return JSON.parse(text) as Answer;
  const messages = text
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim())
    .filter((data) => data !== "");
  return JSON.parse(messages.at(-1) ?? "{}") as Answer;
}

export async function listTools(url: string): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const { result, error } = await request(
      url,
      "tools/list",
      cursor === undefined ? {} : { cursor },
    );
    if (result === undefined) throw new Error(`tools/list: ${error?.message}`);
    names.push(...(result["tools"] as { name: string }[]).map((tool) => tool.name));
    cursor = result["nextCursor"] as string | undefined;
  } while (cursor !== undefined);
  return names;
}

export function call(
  url: string,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Answer> {
  return request(url, "tools/call", { name, arguments: args });
}

/** The text of a tool's answer; throws what went wrong instead. */
export async function callText(
  url: string,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const { status, result, error } = await call(url, name, args);
  if (result === undefined) throw new Error(`${name}: ${status} ${JSON.stringify(error)}`);
  const content = result["content"] as { type: string; text?: string }[];
  return content.map((block) => block.text ?? "").join("\n");
}
