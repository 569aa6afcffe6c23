import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  findingSchema,
  ignoreProperty,
  plainObject,
} from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { PackWork } from "../jobs.ts";
import { COMPOSE_LIMITS, COMPOSE_WORDS } from "../work/limits.ts";
import type { ConvertAnswer, ConvertInput } from "../work/manifests/from-compose.ts";
import { variablesProperty } from "./compose-validate.ts";
import { nameProperty, objectsSchema } from "./kubernetes-generate.ts";
import { versionProperty } from "./kubernetes-validate.ts";

const word = { type: "string" };

export function composeToKubernetes(work: PackWork): Tool {
  return defineTool<ConvertInput>({
    name: "compose_to_kubernetes",
    title: "Compose to Kubernetes",
    description:
      "Turns a Compose project into Kubernetes manifests: workloads, Services, claims, ConfigMaps, Secrets (their values left out), probes from health checks, limits. Says line by line what could not be carried over and what to do about it, and checks the result against the API of a version. Nothing is invented silently.",
    input: plainObject({
      ...sourceProperties(COMPOSE_WORDS, COMPOSE_LIMITS),
      variables: variablesProperty,
      namespace: nameProperty("The namespace of all objects."),
      registry: {
        ...word,
        maxLength: 200,
        description: "Where images that Compose builds will be pushed: registry.example/team",
      },
      version: versionProperty,
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        manifest: word,
        files: { type: "object", additionalProperties: word },
        objects: objectsSchema,
        notCarried: {
          type: "array",
          items: answerObject(
            { service: word, field: word, why: word, line: { type: "integer" } },
            ["service", "field", "why", "line"],
          ),
        },
        findings: { type: "array", items: findingSchema },
      },
      ["manifest", "files", "objects", "notCarried", "findings"],
    ),
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: [
      {
        title: "A site and its database",
        arguments: {
          content:
            'services:\n  web:\n    image: nginx:1.29\n    ports: ["8080:80"]\n    depends_on: [db]\n    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost"], interval: 10s }\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: example }\n    volumes: ["data:/var/lib/postgresql/data"]\nvolumes: { data: {} }\n',
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("compose_to_kubernetes", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf({ manifest, objects, notCarried }: ConvertAnswer): string {
  const left = notCarried
    .slice(0, 20)
    .map(({ service, field, why }) => `- ${service}.${field}: ${why}`);
  return [
    `${objects.length} objects; ${notCarried.length} things were not carried over.`,
    ...left,
    "",
    manifest,
  ].join("\n");
}
