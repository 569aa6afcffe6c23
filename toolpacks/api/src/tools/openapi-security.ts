import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answered,
  answerObject,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { documentProperties } from "../lib/inputs.ts";
import type { SecurityAnswer, SecurityInput } from "../work/security.ts";

const OUTPUT = answerObject(
  {
    specification: { type: "string" },
    coverage: {
      type: "object",
      properties: {
        operations: { type: "integer" },
        public: { type: "integer" },
        optional: { type: "integer" },
        authenticated: { type: "integer" },
        scoped: { type: "integer" },
        protectedWrites: { type: "number" },
      },
      required: ["operations", "public", "optional", "authenticated", "scoped", "protectedWrites"],
    },
    owasp: { type: "object", additionalProperties: { type: "integer" } },
    operations: {
      type: "array",
      items: {
        type: "object",
        properties: {
          operation: { type: "string" },
          access: { enum: ["public", "optional", "authenticated", "scoped"] },
          schemes: { type: "array", items: { type: "string" } },
          scopes: { type: "array", items: { type: "string" } },
          line: { type: "integer" },
        },
        required: ["operation", "access", "schemes", "scopes", "line"],
      },
    },
    ...reportProperties,
  },
  ["specification", "coverage", "owasp", "operations", ...reportRequired],
);
const EXAMPLES = [
  {
    title: "A key in the URL and an open admin door",
    arguments: {
      content:
        'openapi: 3.0.3\ninfo: { title: Shop, version: "1" }\nservers: [{ url: "http://api.shop.dev" }]\npaths:\n  /users/{userId}:\n    get:\n      security: [{ key: [] }]\n      parameters: [{ name: userId, in: path, required: true, schema: { type: integer } }]\n      responses:\n        "200":\n          description: A user\n          content:\n            application/json:\n              schema:\n                type: object\n                properties: { name: { type: string }, password: { type: string } }\n  /admin/orders:\n    delete:\n      responses: { "204": { description: Gone } }\ncomponents:\n  securitySchemes:\n    key: { type: apiKey, in: query, name: api_key }\n',
    },
  },
];

export function openapiSecurity(jobs: Jobs<PackJobs>): Tool {
  return defineTool<SecurityInput>({
    name: "openapi_security",
    title: "Review an API's security",
    description:
      "Reviews an OpenAPI 3 document by the OWASP API Security Top 10 (2023): operations without authentication, credentials in URLs, weak OAuth flows, secrets in responses, mass assignment, requests without limits, lists without pages, addresses that lead to SSRF, unencrypted servers. Tells for every operation who may call it. Each finding has line, pointer, evidence and fix, many as JSON Patch.",
    input: plainObject({
      ...documentProperties,
      publicOperations: {
        type: "array",
        items: { type: "string", maxLength: 500 },
        maxItems: 500,
        description: 'Operations ("POST /login") or paths that anybody may call on purpose.',
      },
      ignore: ignoreProperty,
    }),
    output: OUTPUT,
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: EXAMPLES,
    run: (input, { signal }) =>
      answered(jobs.run("openapi_security", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: SecurityAnswer): string {
  const {
    operations,
    public: open,
    optional,
    authenticated,
    scoped,
    protectedWrites,
  } = value.coverage;
  const groups = Object.entries(value.owasp).map(([name, count]) => `${name} ${count}`);
  return [
    `${operations} operations: ${open} public, ${optional} with optional authentication, ${authenticated} authenticated, ${scoped} with scopes; ${Math.round(protectedWrites * 100)} % of writes protected.`,
    groups.length === 0 ? "" : `OWASP: ${groups.join(", ")}.`,
    summaryOf(value, 15),
  ]
    .filter((line) => line !== "")
    .join("\n");
}
