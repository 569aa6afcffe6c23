/** One worker of the kit over HTTP, without Flotilla in between: clients that others wrote list it and call it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineTool, defineWorker, serveHttp } from "../../src/worker/index.ts";
import type { HttpServer } from "../../src/worker/index.ts";
import {
  inspector,
  lacksNode,
  lacksPython,
  NODE_NEEDED,
  type PeerClient,
  PYTHON_NEEDED,
  pythonAuto,
  pythonLegacy,
  sdkV1,
  sdkV2Auto,
  sdkV2Legacy,
} from "./peers.ts";

const add = defineTool<{ a: number; b: number }>({
  name: "add",
  description: "Adds two numbers.",
  input: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
  run({ a, b }, { progress }) {
    progress(1, 2, "halfway");
    return `The sum is ${a + b}.`;
  },
});

let server: HttpServer;
beforeAll(async () => {
  const worker = defineWorker({ name: "calculator", version: "1.0.0", tools: [add] });
  server = await serveHttp(worker, { port: 0 });
});
afterAll(() => server.close());

async function adds(client: PeerClient): Promise<Awaited<ReturnType<PeerClient>>> {
  const answer = await client(server.url, [{ name: "add", arguments: { a: 2, b: 40 } }]);
  expect(answer.tools).toEqual(["add"]);
  expect(answer.results).toMatchObject([{ content: [{ type: "text", text: "The sum is 42." }] }]);
  return answer;
}

describe.skipIf(lacksNode)(`clients from npm ${NODE_NEEDED}`, () => {
  test.each([
    ["TypeScript SDK 1", sdkV1],
    ["TypeScript SDK 2, legacy", sdkV2Legacy],
    ["Inspector", inspector],
  ])("%s", async (_name, client) => {
    await adds(client);
  });

  test("TypeScript SDK 2 finds the modern era by itself", async () => {
    expect((await adds(sdkV2Auto)).version).toBe("2026-07-28");
  });
});

describe.skipIf(lacksPython)(`the Python SDK ${PYTHON_NEEDED}`, () => {
  test.each([
    ["auto", pythonAuto],
    ["legacy", pythonLegacy],
  ])("%s", async (_name, client) => {
    await adds(client);
  });
});
