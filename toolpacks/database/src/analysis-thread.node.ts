/** The thread of the tools that only read: parsers can be made slow by hostile text, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import type { DiagramInput } from "./work/diagram.ts";
import type { FormatInput } from "./work/format.ts";
import type { LintInput } from "./work/lint.ts";
import type { NosqlInput } from "./work/nosql.ts";
import type { SchemaReviewInput } from "./work/review-schema.ts";

await answerThreadJobs({
  sql_lint: async (input: LintInput) => (await import("./work/lint.ts")).lint(input),
  sql_format: async (input: FormatInput) => (await import("./work/format.ts")).formatSql(input),
  schema_review: async (input: SchemaReviewInput) =>
    (await import("./work/review-schema.ts")).reviewSchema(input),
  schema_diagram: async (input: DiagramInput) => (await import("./work/diagram.ts")).diagram(input),
  nosql_schema: async (input: NosqlInput) => (await import("./work/nosql.ts")).inferSchema(input),
});
