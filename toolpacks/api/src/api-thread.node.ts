/** The thread where the tools work: parsers and patterns can be made slow by hostile text, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import type { DiffInput } from "./work/diff.ts";
import type { GraphqlInput } from "./work/graphql.ts";
import type { LintInput } from "./work/lint.ts";
import type { MockInput } from "./work/mock.ts";
import type { SecurityInput } from "./work/security.ts";

await answerThreadJobs({
  warm: async () => {
    await import("./work/lint.ts");
  },
  openapi_lint: async (input: LintInput) => (await import("./work/lint.ts")).lint(input),
  openapi_security: async (input: SecurityInput) =>
    (await import("./work/security.ts")).reviewSecurity(input),
  openapi_diff: async (input: DiffInput) => (await import("./work/diff.ts")).diffDocuments(input),
  graphql_review: async (input: GraphqlInput) =>
    (await import("./work/graphql.ts")).reviewGraphql(input),
  api_mock_check: async (input: MockInput) => (await import("./work/mock.ts")).checkMock(input),
});
