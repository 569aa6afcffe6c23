import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { PackWork } from "../jobs.ts";
import type { ComposeInput } from "../work/compose/validate.ts";
import { COMPOSE_LIMITS, COMPOSE_WORDS } from "../work/limits.ts";

const strings = { type: "array", items: { type: "string" } };

export const variablesProperty = {
  type: "object",
  additionalProperties: { type: "string", maxLength: 10_000 },
  maxProperties: 500,
  description: "Values of variables such as ${TAG}, as an .env file gives them.",
};

export function composeValidate(work: PackWork): Tool {
  return defineTool<ComposeInput>({
    name: "compose_validate",
    title: "Validate a Compose file",
    description:
      "Checks Compose files against the official specification and for meaning: services, networks, volumes, secrets that are not there, circles of depends_on, ports taken twice, databases open to the network, waiting for health that is never known, missing health checks, secrets in the file, scaled services with fixed ports. Fills in variables, merges overrides. Each finding has a line and a fix.",
    input: plainObject({
      ...sourceProperties(COMPOSE_WORDS, COMPOSE_LIMITS),
      variables: variablesProperty,
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        files: strings,
        services: {
          type: "array",
          items: answerObject(
            {
              name: { type: "string" },
              image: { type: "string" },
              ports: strings,
              dependsOn: strings,
              healthcheck: { type: "boolean" },
            },
            ["name", "image", "ports", "dependsOn", "healthcheck"],
          ),
        },
        networks: strings,
        volumes: strings,
        startOrder: { type: "array", items: strings },
        ...reportProperties,
      },
      ["files", "services", "networks", "volumes", "startOrder", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "A service that waits for ever, and an open database",
        arguments: {
          content:
            'services:\n  web:\n    image: nginx:1.29\n    ports: ["8080:80"]\n    depends_on:\n      db: { condition: service_healthy }\n  db:\n    image: postgres\n    ports: ["5432:5432"]\n    environment: { POSTGRES_PASSWORD: example }\n    volumes: ["data:/var/lib/postgresql/data"]\n',
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("compose_validate", given, signal), (value) =>
        structured(
          value,
          `${value.services.length} services; start order: ${value.startOrder.map((one) => one.join(", ")).join(" → ")}.\n${summaryOf(value)}`,
        ),
      ),
  });
}
