/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import { readDocument } from "./lib/inputs.ts";
import type { DiffInput } from "./work/diff.ts";
import type { GraphqlInput } from "./work/graphql.ts";
import type { LintInput } from "./work/lint.ts";
import type { MockInput } from "./work/mock.ts";
import type { SecurityInput } from "./work/security.ts";

export const jobs = {
  openapi_lint: async (input: LintInput) =>
    (await import("./work/lint.ts")).lint(await readDocument(input)),
  openapi_security: async (input: SecurityInput) =>
    (await import("./work/security.ts")).reviewSecurity(await readDocument(input)),
  openapi_diff: async ({ before, after, ...rest }: DiffInput) => {
    const documents = { before: await readDocument(before), after: await readDocument(after) };
    return (await import("./work/diff.ts")).diffDocuments({ ...rest, ...documents });
  },
  graphql_review: async (input: GraphqlInput) =>
    (await import("./work/graphql.ts")).reviewGraphql(input),
  api_mock_check: async (input: MockInput) =>
    (await import("./work/mock.ts")).checkMock(await readDocument(input)),
};

export type PackJobs = typeof jobs;
