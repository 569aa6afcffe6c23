/** The worker kit: write a worker once, run it anywhere Flotilla runs one. */
export { capabilitiesOf, catalogOf } from "./catalog.ts";
export { connectWorker } from "./connect.ts";
export type {
  CallToolResult,
  ContentBlock,
  JsonSchema,
  LogLevel,
  PromptSpec,
  ResourceSpec,
  ResourceTemplateSpec,
  StandardSchema,
  Tool,
  ToolAnnotations,
  ToolContext,
  ToolDefinition,
  ToolExample,
  ToolOutcome,
  ToolSpec,
  Worker,
  WorkerSpec,
} from "./contract.ts";
export { defineTool, defineWorker } from "./define.ts";
export { form, page, roots, sample } from "./asking/questions.ts";
export type {
  FormAnswer,
  PageAnswer,
  Question,
  RootsAnswer,
  SampleAnswer,
} from "./asking/questions.ts";
export { embedded, failure, image, link, structured, text } from "./results.ts";
export { fetchHandler } from "./http/fetch.ts";
export type { FetchHandler, FetchOptions } from "./http/fetch.ts";
export { serveHttp } from "./http/serve-http.ts";
export type { HttpServer, ServeHttpOptions } from "./http/serve-http.ts";
export { lambdaHandler, streamingLambdaHandler } from "./lambda/handler.ts";
export type {
  LambdaContext,
  LambdaHandler,
  LambdaOptions,
  LambdaStream,
  LambdaStreamingHandler,
} from "./lambda/handler.ts";
export type { LambdaResult } from "./lambda/events.ts";
export { InputError } from "./schema.ts";
export { fromMcpServer } from "./sdk/from-mcp-server.ts";
export type { SdkServer } from "./sdk/inner-client.ts";
export { serve } from "./serve.ts";
export { createTestClient } from "./test-client.ts";
export { JobError, answerThreadJobs, createThreads } from "./threads.ts";
export type { ThreadJob, ThreadPool, ThreadPoolOptions } from "./threads.ts";
export type { TestClient, TestClientOptions } from "./test-client.ts";
