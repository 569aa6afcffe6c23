import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { AnalysisJobs } from "../jobs.ts";
import { pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { ddlInput, notesSchema } from "../lib/scratch-input.ts";
import type { DiagramInput } from "../work/diagram.ts";

const relationSchema = {
  type: "object",
  properties: {
    from: { type: "string" },
    to: { type: "string" },
    columns: { type: "array", items: { type: "string" } },
    cardinality: { enum: ["one-to-one", "many-to-one"] },
    optional: { type: "boolean" },
  },
  required: ["from", "to", "columns", "cardinality", "optional"],
};
const problemSchema = {
  type: "object",
  properties: { message: { type: "string" }, location: { type: "object" } },
  required: ["message"],
};

/** The model needs the gist; the whole text is in the structured content. */
const MAX_LINES = 150;
function shown(mermaid: string): string {
  const lines = mermaid.trimEnd().split("\n");
  if (lines.length <= MAX_LINES) return lines.join("\n");
  return [
    ...lines.slice(0, MAX_LINES),
    `%% ${lines.length - MAX_LINES} more lines in the structured content`,
  ].join("\n");
}

export function schemaDiagram(jobs: Jobs<AnalysisJobs>): Tool {
  return defineTool<OrPath<DiagramInput, "ddl">>({
    name: "schema_diagram",
    title: "Draw a schema",
    description:
      "Draws an entity-relationship diagram of a PostgreSQL schema: Mermaid text for documents and an SVG picture with columns, keys and cardinalities. Name tables to draw only them and their neighbours.",
    input: plainObject({
      path: pathProperty,
      ddl: ddlInput,
      tables: {
        type: "array",
        items: { type: "string" },
        maxItems: 200,
        description: "Only these tables and their direct neighbours.",
      },
      columns: {
        enum: ["all", "keys", "none"],
        description: "Columns to show. Default all; keys for more than 60 tables.",
      },
    }),
    output: answerObject(
      {
        mermaid: { type: "string" },
        tables: { type: "integer" },
        relations: { type: "array", items: relationSchema },
        problems: { type: "array", items: problemSchema },
        notes: notesSchema,
      },
      ["mermaid", "tables", "relations", "problems"],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "Films and actors",
        arguments: {
          ddl: "CREATE TABLE film (film_id int PRIMARY KEY, title text NOT NULL);\nCREATE TABLE actor (actor_id int PRIMARY KEY, name text NOT NULL);\nCREATE TABLE film_actor (actor_id int NOT NULL REFERENCES actor, film_id int NOT NULL REFERENCES film, PRIMARY KEY (actor_id, film_id));",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("schema_diagram", input, signal), ({ picture, ...value }) => {
        const problems = value.problems.map(
          ({ message, location }) => `Line ${location.line}: ${message}`,
        );
        const head = `${value.tables} tables, ${value.relations.length} relations.`;
        const summary = [
          head,
          ...problems,
          ...value.notes,
          "```mermaid",
          shown(value.mermaid),
          "```",
        ].join("\n");
        return structured(value, summary, ...(picture === undefined ? [] : [image(picture)]));
      }),
  });
}
