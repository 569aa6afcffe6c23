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
import type { LintInput } from "../work/dockerfile/lint.ts";
import { DOCKERFILE_LIMITS, DOCKERFILE_WORDS } from "../work/limits.ts";

const input = plainObject({
  ...sourceProperties(DOCKERFILE_WORDS, DOCKERFILE_LIMITS),
  trustedRegistries: {
    type: "array",
    items: { type: "string", maxLength: 200 },
    maxItems: 50,
    description: "Registries that FROM may name, such as docker.io or *.gcr.io. Default: any.",
  },
  labels: {
    type: "object",
    additionalProperties: { enum: ["text", "url", "rfc3339", "semver", "hash", "spdx", "email"] },
    maxProperties: 50,
    description: "Labels that must be there, and what their values are.",
  },
  strictLabels: { type: "boolean", description: "Report labels that are not in labels." },
  all: {
    type: "boolean",
    description: "Also what hadolint leaves off: ignore comments and a missing HEALTHCHECK.",
  },
  ignore: { ...ignoreProperty, description: "Rules to leave out, by id or as DL3008." },
});

export function dockerfileLint(work: PackWork): Tool {
  return defineTool<LintInput>({
    name: "dockerfile_lint",
    title: "Lint a Dockerfile",
    description:
      "Lints Dockerfiles: syntax Docker would refuse, hadolint's documented rules (given as reference, DL3008) and secrets in the image. Knows stages, heredocs, cache mounts and the commands inside RUN; honours `# hadolint ignore=`. Each finding has a line, evidence, a fix, and a unified diff where the fix can be computed. Use after writing or changing a Dockerfile.",
    input,
    output: answerObject(
      {
        files: {
          type: "array",
          items: answerObject(
            {
              file: { type: "string" },
              stages: { type: "integer" },
              instructions: { type: "integer" },
              finalImage: { type: "string" },
            },
            ["file", "stages", "instructions", "finalImage"],
          ),
        },
        ...reportProperties,
      },
      ["files", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "A Dockerfile with five mistakes",
        arguments: {
          content:
            "FROM debian\nRUN apt-get update && apt-get install curl\nADD app.py /app/\nENV API_TOKEN=ghp_0123456789abcdefghijklmnopqrstuvwxyz\nCMD python3 /app/app.py\n",
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("dockerfile_lint", given, signal), (value) =>
        structured(value, summaryOf(value)),
      ),
  });
}
