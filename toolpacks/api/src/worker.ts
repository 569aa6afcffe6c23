/** The API toolpack as a worker: five tools, and the threads they share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { apiMockCheck } from "./tools/api-mock-check.ts";
import { graphqlReview } from "./tools/graphql-review.ts";
import { openapiDiff } from "./tools/openapi-diff.ts";
import { openapiLint } from "./tools/openapi-lint.ts";
import { openapiSecurity } from "./tools/openapi-security.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  return defineWorker({
    name: "api",
    version: "0.1.0",
    title: "API",
    instructions:
      "Five tools for people who design and change APIs. Typical ways: openapi_lint, then openapi_security on a document; openapi_diff before a change ships; api_mock_check on examples and recorded traffic, or to get example payloads; graphql_review for schemas, schema changes and the cost of operations. All work on what you pass in; none calls your API.",
    tools: [
      openapiLint(work),
      openapiSecurity(work),
      openapiDiff(work),
      graphqlReview(work),
      apiMockCheck(work),
    ],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
