/** The same worker written with the worker kit, as an author would. */
import { defineTool, defineWorker, serve } from "../../../src/worker/index.ts";

const text = "the quick brown fox jumps over a lazy dog 0123456789 and so on; ".repeat(16);
const large = text.repeat(100);
const input = { type: "object", properties: { text: { type: "string" } } };

const echo = defineTool<{ text?: string }>({
  name: "echo",
  description: "Answers 1 KB.",
  input,
  run: () => text,
});
const payload = defineTool<{ text?: string }>({
  name: "payload",
  description: "Answers 100 KB.",
  input,
  run: () => large,
});

await serve(defineWorker({ name: "bench", version: "1", tools: [echo, payload] }));
