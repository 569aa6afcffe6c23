import { describe, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "../protocol/index.ts";
import type { Clock } from "../protocol/index.ts";
import { connectWorker } from "./connect.ts";
import { defineTool, defineWorker } from "./define.ts";
import { image, structured } from "./results.ts";
import { createTestClient } from "./test-client.ts";

const object = { type: "object" };

describe("a tool", () => {
  it("takes any Standard Schema, and its problems come back as a result", async () => {
    const tool = defineTool({
      name: "add",
      description: "Adds.",
      input: z.object({ a: z.number(), b: z.coerce.number() }),
      run: ({ a, b }) => String(a + b),
    });
    expect(tool.definition.inputSchema).toMatchObject({ type: "object", required: ["a", "b"] });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }));
    expect(await client.callTool("add", { a: 1, b: "2" })).toMatchObject({
      content: [{ text: "3" }],
    });
    const wrong = await client.callTool("add", { a: "x", b: 1 });
    expect(wrong).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("/a ") }],
    });
    client.close();
  });

  it("takes a JSON Schema beyond the simple ones through the full validator", async () => {
    const input = {
      type: "object",
      properties: { id: { type: "string", pattern: "^x" } },
      required: ["id"],
    };
    const tool = defineTool({ name: "t", description: "d", input, run: () => "ok" });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }));
    expect(await client.callTool("t", { id: "x1" })).not.toHaveProperty("isError");
    const wrong = await client.callTool("t", { id: "y" });
    expect(wrong).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("/id must match") }],
    });
    client.close();
  });

  it("that takes too long is aborted and the caller told", async () => {
    let fire: (() => void) | undefined;
    const clock: Clock = {
      ...systemClock,
      after: (_ms, then) => ((fire = then), { cancel: () => {} }),
    };
    let aborted = false;
    const tool = defineTool({
      name: "slow",
      description: "d",
      input: object,
      timeLimitMs: 2_000,
      run: (_input, { signal }) => {
        signal.addEventListener("abort", () => (aborted = true));
        queueMicrotask(() => fire?.());
        return new Promise(() => {});
      },
    });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }), {
      clock,
    });
    const result = await client.callTool("slow", {});
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("within 2 s") }],
    });
    expect(aborted).toBe(true);
    client.close();
  });

  it("never runs more calls at a time than it allows, and runs all of them in order", async () => {
    let running = 0;
    let most = 0;
    const order: unknown[] = [];
    const tool = defineTool<{ n: number }>({
      name: "t",
      description: "d",
      input: object,
      maxConcurrent: 2,
      run: async ({ n }) => {
        running += 1;
        most = Math.max(most, running);
        order.push(n);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return "ok";
      },
    });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }));
    const numbers = Array.from({ length: 9 }, (_one, index) => index);
    await Promise.all(numbers.map((n) => client.callTool("t", { n })));
    expect(most).toBe(2);
    expect(order).toEqual(numbers);
    client.close();
  });

  it("that breaks its own output schema is told so in tests", async () => {
    const output = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const tool = defineTool({
      name: "t",
      description: "d",
      input: object,
      output,
      run: () => structured({ n: "1" }, ""),
    });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }));
    expect(await client.callTool("t", {})).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("/n must be an integer") }],
    });
    client.close();
  });

  it("that throws answers with a result, not with a wire error", async () => {
    const tool = defineTool({
      name: "t",
      description: "d",
      input: object,
      run: () => {
        throw new Error("out of ink");
      },
    });
    const client = createTestClient(defineWorker({ name: "w", version: "1", tools: [tool] }));
    expect(await client.callTool("t", {})).toMatchObject({
      isError: true,
      content: [{ text: "t failed: out of ink" }],
    });
    client.close();
  });
});

describe("a worker", () => {
  it("starts once before its first call, not for lists, and stops after the last", async () => {
    const seen: string[] = [];
    let finish: (() => void) | undefined;
    const tool = defineTool({
      name: "t",
      description: "d",
      input: object,
      run: () =>
        new Promise((resolve) => {
          seen.push("run");
          finish = () => resolve("ok");
        }),
    });
    const worker = defineWorker({
      name: "w",
      version: "1",
      tools: [tool],
      onStart: () => void seen.push("start"),
      onStop: () => void seen.push("stop"),
    });
    const client = createTestClient(worker);
    await client.request("tools/list");
    expect(seen).toEqual([]);
    const calls = [client.callTool("t", {}), client.callTool("t", {})];
    await expect.poll(() => seen).toEqual(["start", "run", "run"]);
    client.close();
    finish?.();
    await Promise.race([calls[1], Promise.resolve()]);
    expect(seen).not.toContain("stop");
  });

  it("tells at definition time what could never work", () => {
    const tool = defineTool({ name: "t", description: "d", input: object, run: () => "ok" });
    expect(() => defineWorker({ name: "w", version: "1", tools: [tool, tool] })).toThrow(
      'called "t"',
    );
    expect(() =>
      defineTool({ name: "a b", description: "d", input: object, run: () => "" }),
    ).toThrow("no tool name");
    expect(() =>
      defineTool({ name: "a", description: "d", input: { type: "array" }, run: () => "" }),
    ).toThrow('"type": "object"');
  });

  it("lets nobody in once its link is closed", async () => {
    const link = connectWorker(defineWorker({ name: "w", version: "1" }));
    link.close();
    await expect(link.send("{}")).rejects.toMatchObject({ code: "drone_lost" });
  });
});

it("makes images of SVG text and PNG bytes", () => {
  expect(image("<svg/>")).toEqual({ type: "image", data: "PHN2Zy8+", mimeType: "image/svg+xml" });
  expect(image(new Uint8Array([137]))).toMatchObject({ data: "iQ==", mimeType: "image/png" });
});
