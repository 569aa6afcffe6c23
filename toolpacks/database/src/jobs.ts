/** The work that only reads, by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import { withSql } from "./lib/inputs.ts";
import type { OrPath } from "./lib/inputs.ts";
import type { DiagramInput } from "./work/diagram.ts";
import type { FormatInput } from "./work/format.ts";
import type { LintInput } from "./work/lint.ts";
import type { NosqlInput } from "./work/nosql.ts";
import type { SchemaReviewInput } from "./work/review-schema.ts";

export const analysisJobs = {
  sql_lint: async (input: OrPath<LintInput, "sql">) =>
    (await import("./work/lint.ts")).lint(await withSql<LintInput, "sql">(input, "sql")),
  sql_format: async (input: OrPath<FormatInput, "sql">) =>
    (await import("./work/format.ts")).formatSql(await withSql<FormatInput, "sql">(input, "sql")),
  schema_review: async (input: OrPath<SchemaReviewInput, "ddl">) =>
    (await import("./work/review-schema.ts")).reviewSchema(
      await withSql<SchemaReviewInput, "ddl">(input, "ddl"),
    ),
  schema_diagram: async (input: OrPath<DiagramInput, "ddl">) =>
    (await import("./work/diagram.ts")).diagram(await withSql<DiagramInput, "ddl">(input, "ddl")),
  nosql_schema: async (input: NosqlInput) => (await import("./work/nosql.ts")).inferSchema(input),
};

export type AnalysisJobs = typeof analysisJobs;
