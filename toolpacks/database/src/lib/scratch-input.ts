/** The input that every tool with a scratch database takes. */
import { sqlText } from "./inputs.ts";
import { MAX_ROWS_PER_TABLE } from "./pg-rows.ts";
import { statisticsSchema } from "./pg-stats.ts";

export const ddlInput = sqlText(
  "PostgreSQL schema: CREATE TABLE, INDEX, TYPE … A pg_dump --schema-only works as it is; roles, grants and data are left out.",
);

export const rowsInput = {
  description:
    "Made-up rows per table (a number), or by table name. Shapes follow types, keys and CHECK lists.",
  anyOf: [
    { type: "integer", minimum: 0, maximum: MAX_ROWS_PER_TABLE },
    {
      type: "object",
      maxProperties: 500,
      additionalProperties: { type: "integer", minimum: 0, maximum: MAX_ROWS_PER_TABLE },
    },
  ],
};

export const scratchProperties = { ddl: ddlInput, rows: rowsInput, statistics: statisticsSchema };

export const filledSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      table: { type: "string" },
      rows: { type: "integer" },
      note: { type: "string" },
    },
    required: ["table", "rows"],
  },
};
export const skippedSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      statement: { type: "string" },
      location: { type: "object" },
      reason: { type: "string" },
    },
    required: ["statement", "reason"],
  },
};
export const notesSchema = { type: "array", items: { type: "string" } };
