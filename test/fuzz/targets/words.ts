/** Messages and words of both eras, from which inputs are bred. */

export const MODERN_META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"fuzz","version":"1"}}';

export const WIRE_WORDS = [
  '"jsonrpc":"2.0"',
  '"id":1',
  '"id":null',
  '"id":"1"',
  '"id":1e3',
  '"method":"tools/call"',
  '"method":"tools/list"',
  '"method":"initialize"',
  '"method":"server/discover"',
  '"method":"subscriptions/listen"',
  '"method":"notifications/cancelled"',
  '"method":"notifications/initialized"',
  '"method":"ping"',
  '"method":"logging/setLevel"',
  '"method":"completion/complete"',
  '"method":"resources/subscribe"',
  '"params":{}',
  '"params":[]',
  '"params":null',
  '"result":{}',
  '"error":{"code":-32603,"message":"x"}',
  '"requestState":"flotilla:AQ"',
  '"inputResponses":{}',
  '"progressToken":1',
  '"cursor":""',
  '"name":"echo"',
  '"arguments":{}',
  '"__proto__":{}',
  "\\u005f\\u005fproto__",
  MODERN_META,
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  "\\ud83d",
  "\ufeff",
  "\u2028",
] as const;

export const modernBody = (method: string, params = ""): string =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{${params}${params === "" ? "" : ","}${MODERN_META}}}`;

export const legacyBody = (method: string, params = "{}", id = "1"): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;

export const notification = (method: string, params = "{}"): string =>
  `{"jsonrpc":"2.0","method":"${method}","params":${params}}`;

export const INITIALIZE = (version: string): string =>
  legacyBody(
    "initialize",
    `{"protocolVersion":"${version}","capabilities":{"elicitation":{},"sampling":{}},"clientInfo":{"name":"fuzz","version":"1"}}`,
  );

export function modernHeads(method: string, name?: string): string[] {
  const heads = [
    "content-type: application/json",
    "accept: application/json, text/event-stream",
    "mcp-protocol-version: 2026-07-28",
    `mcp-method: ${method}`,
  ];
  return name === undefined ? heads : [...heads, `mcp-name: ${name}`];
}

export const legacyHeads = (version: string, session?: string): string[] => [
  "content-type: application/json",
  "accept: application/json, text/event-stream",
  `mcp-protocol-version: ${version}`,
  ...(session === undefined ? [] : [`mcp-session-id: ${session}`]),
];
