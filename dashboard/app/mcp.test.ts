import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMcp, headerValue } from "./mcp.js";

const TOOL = {
  name: "wäge",
  inputSchema: { properties: { region: { "x-mcp-header": "Region" } } },
};

interface Sent {
  url: string;
  headers: Headers;
  body: { id: number; params: Record<string, unknown> };
}

/** A server that answers every request with the same response and remembers what it was sent. */
function answering(make: () => Response): { sent: Sent[]; mcp: ReturnType<typeof createMcp> } {
  const sent: Sent[] = [];
  const mcp = createMcp(async (url, init) => {
    const body = JSON.parse(init?.body as string) as Sent["body"];
    sent.push({ url: url as string, headers: new Headers(init?.headers), body });
    return make();
  });
  return { sent, mcp };
}

/** Chunks cut anywhere: what arrives together on the wire is nobody's promise. */
function sse(text: string, cut: number): Response {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += cut) controller.enqueue(bytes.slice(at, at + cut));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

const options = { signal: new AbortController().signal, onProgress: (): void => {} };

describe("the small client", () => {
  test("repeats in headers what the protocol wants there", async () => {
    const { sent, mcp } = answering(() => Response.json({ jsonrpc: "2.0", id: 1, result: {} }));
    await mcp.call({ worker: "a b", tool: TOOL }, { region: "Süd" }, options);
    expect(sent[0]?.url).toBe("/mcp/a%20b");
    expect(sent[0]?.headers.get("mcp-name")).toBe("=?base64?d8OkZ2U=?=");
    expect(sent[0]?.headers.get("mcp-param-region")).toBe("=?base64?U8O8ZA==?=");
    expect(sent[0]?.headers.get("mcp-method")).toBe("tools/call");
    expect(sent[0]?.body.params["_meta"]).toMatchObject({ progressToken: sent[0]?.body.id });
  });

  test("reads an answer from an event stream, however it is cut, with progress on the way", async () => {
    const progress = { method: "notifications/progress", params: { progress: 1, message: "½" } };
    const text = [
      ": keep-alive\n\n",
      `event: message\r\ndata: ${JSON.stringify(progress)}\r\n\r\n`,
      `data: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [] } })}\n\n`,
    ].join("");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: text.length }), async (cut) => {
        const { mcp } = answering(() => sse(text, cut));
        const seen: unknown[] = [];
        const result = await mcp.call(
          { worker: "w", tool: TOOL },
          {},
          {
            ...options,
            onProgress: (step) => seen.push(step),
          },
        );
        expect(result).toEqual({ content: [] });
        expect(seen).toEqual([progress.params]);
      }),
      { numRuns: 50 },
    );
  });

  test("a stream that ends too early is said to have", async () => {
    const { mcp } = answering(() => sse(": nothing\n\n", 5));
    await expect(mcp.call({ worker: "w", tool: TOOL }, {}, options)).rejects.toThrow("broke off");
  });

  test("an error carries its code, hint and time to wait", async () => {
    const error = {
      code: 1,
      message: "It failed.",
      data: { code: "worker_unavailable", hint: "Wait.", retryAfterMs: 5 },
    };
    const { mcp } = answering(() =>
      Response.json({ jsonrpc: "2.0", id: 1, error }, { status: 503 }),
    );
    await expect(mcp.tools("w")).rejects.toMatchObject({
      message: "It failed.",
      code: "worker_unavailable",
      hint: "Wait.",
      retryAfterMs: 5,
    });
  });

  test("lists every page and stops at an end that never comes", async () => {
    const page = { jsonrpc: "2.0", id: 1, result: { tools: [TOOL], nextCursor: "more" } };
    const { sent, mcp } = answering(() => Response.json(page));
    expect(await mcp.tools("w")).toHaveLength(50);
    expect(sent[1]?.body.params).toMatchObject({ cursor: "more" });
  });
});

const back = (value: string): string => {
  const coded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  return coded === undefined ? value : Buffer.from(coded, "base64").toString("utf8");
};

test("header values are printable ASCII and can be read back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      const value = headerValue(text);
      expect(value).toMatch(/^[ -~]+$/);
      expect(value).toBe(value.trim());
      expect(back(value)).toBe(text);
    }),
  );
});
