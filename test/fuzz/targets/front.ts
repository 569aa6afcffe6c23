/**
 * The front through its web-standard seam: requests of both eras, sessions, batches, event streams. An input is
 * `METHOD path`, header lines, an empty line, the body; `$session` stands for an open session of 2025-11-25 and
 * `$batch` for one of 2025-03-26.
 */
import { createFront, type Front } from "../../../src/gateway/front/front.ts";
import {
  createFakeRouter,
  initializeBody,
  post,
  type FakeRouter,
} from "../../../src/gateway/front/testing/fake-router.ts";
import { systemClock, systemNewId } from "../../../src/protocol/index.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";
import {
  INITIALIZE,
  legacyBody,
  legacyHeads,
  modernBody,
  modernHeads,
  notification,
  WIRE_WORDS,
} from "./words.ts";

const seed = (line: string, heads: readonly string[], body = ""): string =>
  [line, ...heads, "", body].join("\n");
const LEGACY = legacyHeads("2025-11-25", "$session");
const CALL = '"name":"echo","arguments":{"text":"hi"}';

export const FRONT_SEEDS: readonly string[] = [
  seed("POST /mcp", modernHeads("tools/call", "echo"), modernBody("tools/call", CALL)),
  seed("POST /mcp/a", modernHeads("tools/list"), modernBody("tools/list")),
  seed("POST /mcp", modernHeads("server/discover"), modernBody("server/discover")),
  seed(
    "POST /mcp",
    modernHeads("subscriptions/listen"),
    modernBody("subscriptions/listen", '"notifications":{"toolsListChanged":true}'),
  ),
  seed(
    "POST /mcp",
    modernHeads("resources/read", "=?base64?dGVzdDovL2E=?="),
    modernBody("resources/read", '"uri":"test://a"'),
  ),
  seed("POST /mcp", legacyHeads("2025-11-25"), INITIALIZE("2025-11-25")),
  seed("POST /mcp/b", legacyHeads("2025-06-18"), INITIALIZE("2025-06-18")),
  seed("POST /mcp", LEGACY, legacyBody("tools/call", `{${CALL}}`)),
  seed("POST /mcp", LEGACY, legacyBody("ping")),
  seed("POST /mcp", LEGACY, legacyBody("logging/setLevel", '{"level":"debug"}')),
  seed("POST /mcp", LEGACY, legacyBody("resources/subscribe", '{"uri":"test://a"}')),
  seed("POST /mcp", LEGACY, notification("notifications/cancelled", '{"requestId":1}')),
  seed("POST /mcp", LEGACY, '{"jsonrpc":"2.0","id":"q-1","result":{"action":"accept"}}'),
  seed(
    "POST /mcp",
    legacyHeads("2025-03-26", "$batch"),
    `[${legacyBody("ping")},${legacyBody("tools/list", "{}", "2")},${notification("notifications/initialized")}]`,
  ),
  seed("GET /mcp", ["accept: text/event-stream", "mcp-session-id: $session", "last-event-id: 1-0"]),
  seed("DELETE /mcp", ["mcp-session-id: $session"]),
  seed("GET /sse", ["accept: text/event-stream"]),
  seed("POST /messages?sessionId=x", ["content-type: application/json"], legacyBody("ping")),
  seed("GET /health", []),
  seed("OPTIONS /mcp", ["origin: http://evil.example", "host: evil.example"]),
];

export const HTTP_WORDS = [
  ...WIRE_WORDS,
  "mcp-session-id: $session",
  "mcp-protocol-version: 2025-03-26",
  "mcp-name: =?base64?",
  "mcp-param-x: 1",
  "last-event-id: ",
  "content-type: text/plain",
  "accept: */*",
  "origin: null",
  "host: localhost",
  "/mcp/%2e%2e",
  "/sse",
  "?",
  "GET",
  "DELETE",
  "$batch",
];

/** Streams stay open for good reasons; this is how long one is read. */
const STREAM_LOOK_MS = 5;

export const front: FuzzTarget = {
  name: "front",
  watch: ["/src/gateway/front/", "/src/protocol/", "/src/gateway/guard"],
  seeds: FRONT_SEEDS,
  dictionary: HTTP_WORDS,
  async start() {
    const router = createFakeRouter();
    const limits = { maxSessions: 64, maxListens: 64 };
    const under = createFront({ router, clock: systemClock, newId: systemNewId, limits });
    return {
      run: (input) => runFront(under, router, textOf(input)),
      sizes: () => ({ requests: router.requests.length, listens: router.listens.length }),
      close() {
        under.close();
        return Promise.resolve();
      },
    };
  },
};

async function runFront(under: Front, router: FakeRouter, text: string): Promise<void> {
  const request = await parseRequest(under, text);
  if (request === undefined) return;
  router.requests.length = 0;
  router.listens.length = 0;
  const response = await under.fetch(request);
  const type = response.headers.get("content-type") ?? "";
  const body = await lookInto(response);
  invariant(response.status !== 500, `a 500 without a cause: ${body}`);
  if (type.startsWith("application/json") && body !== "") JSON.parse(body);
  if (type.startsWith("text/event-stream")) checkEvents(body);
  invariant(!("polluted" in {}), "Object.prototype was changed");
}

async function parseRequest(under: Front, text: string): Promise<Request | undefined> {
  const filled = await fillSessions(under, text);
  const split = filled.indexOf("\n\n");
  const [line = "", ...heads] = (split < 0 ? filled : filled.slice(0, split)).split("\n");
  const [method = "", path = ""] = line.split(" ");
  try {
    const headers = new Headers();
    for (const head of heads) {
      const colon = head.indexOf(":");
      if (colon > 0) headers.append(head.slice(0, colon), head.slice(colon + 1).trim());
    }
    const hasBody = split >= 0 && method !== "GET" && method !== "HEAD";
    const body = hasBody ? { body: filled.slice(split + 2) } : {};
    return new Request(`http://localhost:7420${path}`, { method, headers, ...body });
  } catch {
    // No such request can arrive: the web's own types refuse it.
    return undefined;
  }
}

async function fillSessions(under: Front, text: string): Promise<string> {
  let filled = text;
  for (const [word, version] of [
    ["$session", "2025-11-25"],
    ["$batch", "2025-03-26"],
  ] as const) {
    if (!filled.includes(word)) continue;
    const opened = await under.fetch(post(initializeBody(version)));
    filled = filled.replaceAll(word, opened.headers.get("mcp-session-id") ?? "none");
    await opened.body?.cancel();
  }
  return filled;
}

/** All of a body that ends, the beginning of one that does not. */
async function lookInto(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  let text = "";
  for (;;) {
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, STREAM_LOOK_MS));
    const chunk = await (isStream ? Promise.race([reader.read(), late]) : reader.read());
    if (chunk?.value === undefined) break;
    text += decoder.decode(chunk.value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function checkEvents(text: string): void {
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (!line.startsWith("data:") || line.trim() === "data:") continue;
    const data = line.slice("data:".length).trim();
    // The old transport's first event names an address instead of carrying a message.
    if (!data.startsWith("/")) JSON.parse(data);
  }
}
