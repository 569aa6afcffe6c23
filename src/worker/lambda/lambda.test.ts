import type { ALBHandler, APIGatewayProxyHandler, APIGatewayProxyHandlerV2 } from "aws-lambda";
import { afterEach, describe, expect, it } from "vitest";
import { HEADER, META } from "../../protocol/index.ts";
import { call, modernHeaders, plainHeaders, sample } from "../http/testing/sample.ts";
import { lambdaHandler, streamingLambdaHandler } from "./handler.ts";
import type { LambdaHandler } from "./handler.ts";
import { httpApiEvent, lambdaContext, loadBalancerEvent, restApiEvent } from "./testing/events.ts";
import { streamingRuntime } from "./testing/runtime.node.ts";

const echo = call("echo", { text: "é" });
const [headers, body] = [modernHeaders(echo), JSON.stringify(echo)];
const context = lambdaContext(10_000);
const said = { result: { content: [{ text: "é" }] } };

describe("lambdaHandler", () => {
  it.each([
    ["a function URL", httpApiEvent(headers, body, { isFunctionUrl: true }), "headers"],
    ["an HTTP API", httpApiEvent(headers, body), "headers"],
    ["an HTTP API with a stage", httpApiEvent(headers, body, { stage: "prod" }), "headers"],
    ["a REST API", restApiEvent(headers, body), "headers"],
    ["a load balancer", loadBalancerEvent(headers, body, { isBase64: true }), "headers"],
    [
      "a load balancer with multi-value headers",
      loadBalancerEvent(headers, body, { isMulti: true }),
      "multiValueHeaders",
    ],
  ])("answers %s in its own form", async (name, event, headersKey) => {
    const result = await lambdaHandler(sample().worker)(event, context);
    expect(JSON.parse(result.body)).toMatchObject(said);
    const type = result[headersKey as "headers"]?.["content-type"];
    expect(type).toEqual(headersKey === "headers" ? "application/json" : ["application/json"]);
    expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    const isBalancer = name.includes("balancer");
    expect(result.statusDescription).toBe(isBalancer ? "200 OK" : undefined);
  });

  it("is what AWS's own types take for a handler", () => {
    const handler: LambdaHandler = lambdaHandler(sample().worker);
    const all: [APIGatewayProxyHandlerV2, APIGatewayProxyHandler, ALBHandler] = [
      handler,
      handler,
      handler,
    ];
    // A third parameter would be taken for the callback that newer runtimes refuse.
    expect(all.map((one) => one.length)).toEqual([2, 2, 2]);
  });

  it("holds a session of an older version over invocations, in new instances too", async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {} };
    const initialize = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    const invoke = (sent: Record<string, string>, text: string) =>
      lambdaHandler(sample().worker)(httpApiEvent(sent, text), context);
    const opened = await invoke(plainHeaders, initialize);
    const session = { [HEADER.sessionId]: opened.headers?.[HEADER.sessionId] ?? "" };
    const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    const listed = await invoke({ ...plainHeaders, ...session }, list);
    expect(JSON.parse(listed.body).result.tools.length).toBeGreaterThan(2);
  });

  it("ends a call before the function's time does, and says so", async () => {
    const { worker, aborted } = sample();
    const wait = call("wait");
    const event = httpApiEvent(modernHeaders(wait), JSON.stringify(wait));
    const result = await lambdaHandler(worker, { marginMs: 50 })(event, lambdaContext(150));
    expect(JSON.parse(result.body)).toMatchObject({
      error: { message: expect.stringContaining("time limit"), data: { code: "call_timeout" } },
    });
    expect(await aborted).toContain("time limit");
  });

  it("answers in one piece although progress was wanted, and refuses to listen", async () => {
    const steps = call("steps", {}, { [META.progressToken]: 1 });
    const handler = lambdaHandler(sample().worker);
    const result = await handler(
      httpApiEvent(modernHeaders(steps), JSON.stringify(steps)),
      context,
    );
    expect(JSON.parse(result.body)).toMatchObject({ result: { content: [{ text: "done" }] } });
    const listen = { ...steps, method: "subscriptions/listen" };
    const asked = { ...modernHeaders(steps), [HEADER.method]: "subscriptions/listen" };
    const refused = await handler(httpApiEvent(asked, JSON.stringify(listen)), context);
    expect(refused.statusCode).toBe(406);
  });

  it("fails an invocation that is no HTTP request", async () => {
    const handler = lambdaHandler(sample().worker);
    await expect(handler({ Records: [] }, context)).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("streamingLambdaHandler", () => {
  afterEach(() => Reflect.deleteProperty(globalThis, "awslambda"));

  it("streams progress before the answer", async () => {
    const runtime = streamingRuntime();
    Reflect.set(globalThis, "awslambda", runtime.awslambda);
    const handler = streamingLambdaHandler(sample().worker);
    const steps = call("steps", {}, { [META.progressToken]: 1 });
    const event = httpApiEvent(modernHeaders(steps), JSON.stringify(steps), {
      isFunctionUrl: true,
    });
    const posted = await runtime.invoke(handler, event, context);
    expect(posted.contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(posted.head).toMatchObject({
      statusCode: 200,
      headers: { "content-type": "text/event-stream" },
    });
    expect(posted.body).toMatch(/notifications\/progress[\s\S]*"text":"done"/);
  });

  it("sends the head also when there is no body", async () => {
    const runtime = streamingRuntime();
    Reflect.set(globalThis, "awslambda", runtime.awslambda);
    const handler = streamingLambdaHandler(sample().worker);
    const note = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
    const posted = await runtime.invoke(handler, httpApiEvent(plainHeaders, note), context);
    expect(posted).toMatchObject({ head: { statusCode: 202 }, body: "" });
  });

  it("answers in one piece where the runtime cannot stream", async () => {
    const handler = streamingLambdaHandler(sample().worker) as LambdaHandler;
    const result = await handler(httpApiEvent(headers, body), context);
    expect(JSON.parse(result.body)).toMatchObject(said);
  });
});
