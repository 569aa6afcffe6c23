/**
 * A small client of the 2026-07-28 protocol: each call is one POST, answered by JSON or by an event stream whose last
 * message is the answer.
 */
import { Refusal } from "./api.js";

const VERSION = "2026-07-28";
const PREFIX = "io.modelcontextprotocol/";
/** Lists are paged; a server that never ends its pages must not hold the page. */
const MAX_PAGES = 50;

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} [title]
 * @property {string} [description]
 * @property {Record<string, any>} inputSchema
 * @property {{ title?: string, readOnlyHint?: boolean, destructiveHint?: boolean, idempotentHint?: boolean, openWorldHint?: boolean }} [annotations]
 *
 * @typedef {{ type: string, text?: string, data?: string, mimeType?: string, uri?: string, name?: string, resource?: { uri: string, text?: string, blob?: string, mimeType?: string } }} Block
 * @typedef {{ content?: Block[], structuredContent?: unknown, isError?: boolean, resultType?: string }} ToolResult
 * @typedef {{ progress: number, total?: number, message?: string }} Progress
 *
 * @typedef {object} CallOptions
 * @property {AbortSignal} signal
 * @property {(progress: Progress) => void} onProgress
 */

/**
 * @typedef {object} Order
 * @property {string} method
 * @property {Record<string, unknown>} params
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {(progress: Progress) => void} [onProgress]
 */

/** @param {typeof globalThis.fetch} fetch */
export function createMcp(fetch) {
  let lastId = 0;

  /** @param {string} worker @param {Order} order @returns {Promise<any>} */
  const ask = async (worker, order) => {
    lastId += 1;
    const response = await fetch(`/mcp/${encodeURIComponent(worker)}`, requestOf(lastId, order));
    const message = await answerOf(response, (note) => {
      if (note.method === "notifications/progress") order.onProgress?.(note.params);
    });
    if (message.error) throw refusalOf(message.error);
    return message.result;
  };

  return {
    /** @param {string} worker @returns {Promise<Tool[]>} */
    async tools(worker) {
      const tools = [];
      /** @type {string | undefined} */
      let cursor;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const result = await ask(worker, { method: "tools/list", params });
        tools.push(...result.tools);
        cursor = result.nextCursor;
        if (cursor === undefined) break;
      }
      return tools;
    },
    /**
     * @param {{ worker: string, tool: Tool }} choice @param {Record<string, unknown>} args
     * @param {CallOptions} options
     * @returns {Promise<ToolResult>}
     */
    call({ worker, tool }, args, options) {
      const headers = { "mcp-name": headerValue(tool.name), ...paramHeaders(tool, args) };
      const params = { name: tool.name, arguments: args };
      return ask(worker, { ...options, method: "tools/call", params, headers });
    },
  };
}

/** @param {number} id @param {Order} order @returns {RequestInit} */
function requestOf(id, { method, params, headers, signal, onProgress }) {
  const meta = {
    [`${PREFIX}protocolVersion`]: VERSION,
    [`${PREFIX}clientCapabilities`]: {},
    [`${PREFIX}clientInfo`]: { name: "flotilla-dashboard", version: "1" },
    ...(onProgress ? { progressToken: id } : {}),
  };
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } }),
    ...(signal ? { signal } : {}),
  };
}

/** @typedef {ReturnType<typeof createMcp>} Mcp */

/** Arguments that the schema wants repeated in a header (`x-mcp-header`). @param {Tool} tool @param {Record<string, unknown>} args */
function paramHeaders(tool, args) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const [key, schema] of Object.entries(tool.inputSchema["properties"] ?? {})) {
    const name = schema?.["x-mcp-header"];
    const value = args[key];
    if (typeof name !== "string" || value === undefined || value === null) continue;
    headers[`mcp-param-${name}`] = headerValue(
      typeof value === "string" ? value : JSON.stringify(value),
    );
  }
  return headers;
}

/** Headers carry printable ASCII; the rest goes as base64 of UTF-8 between sentinels. @param {string} text */
export function headerValue(text) {
  if (/^[!-~](?:[ -~]*[!-~])?$/.test(text) && !text.startsWith("=?base64?")) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}?=`;
}

/**
 * @param {Response} response @param {(note: { method: string, params: any }) => void} onNote
 * @returns {Promise<{ result?: any, error?: { code: number, message: string, data?: any } }>}
 */
async function answerOf(response, onNote) {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream") && response.body) return lastOf(response.body, onNote);
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(`The server answered with status ${response.status} and no JSON.`);
  }
}

/** @param {ReadableStream<Uint8Array>} body @param {(note: { method: string, params: any }) => void} onNote */
async function lastOf(body, onNote) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    // Replaced after joining: a chunk may end between the two characters of a line break.
    text = (text + decoder.decode(value, { stream: !done })).replaceAll("\r\n", "\n");
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = event
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data === "") continue;
      const message = JSON.parse(data);
      if ("result" in message || "error" in message) return message;
      onNote(message);
    }
    if (done) throw new Refusal("The answer broke off before it was complete.");
  }
}

/** @param {{ code: number, message: string, data?: any }} error */
function refusalOf({ code, message, data }) {
  const facts = data ?? {};
  return new Refusal(message, {
    code: facts.code ?? String(code),
    hint: facts.hint,
    retryAfterMs: facts.retryAfterMs,
  });
}
