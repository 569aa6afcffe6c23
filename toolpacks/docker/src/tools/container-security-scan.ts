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
import { SCAN_LIMITS, SCAN_WORDS } from "../work/limits.ts";
import type { ScanAnswer, ScanInput } from "../work/security/scan.ts";

const word = { type: "string" };
const kind = { enum: ["dockerfile", "compose", "kubernetes"] };

export function containerSecurityScan(work: PackWork): Tool {
  return defineTool<ScanInput>({
    name: "container_security_scan",
    title: "Scan containers for security",
    description:
      "Scans Dockerfiles, Compose files and Kubernetes manifests together against the controls of the CIS Docker and Kubernetes benchmarks and the Pod Security Standards that files can show: root, privileged, capabilities, sockets and host folders, secrets, unverified downloads, tokens, roles, network policies. Says which controls hold, a score, and each finding with line and fix.",
    input: plainObject({
      ...sourceProperties(SCAN_WORDS, SCAN_LIMITS),
      trustedRegistries: {
        type: "array",
        items: { type: "string", maxLength: 200 },
        maxItems: 50,
        description: "Registries that FROM may name. Default: any.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        files: { type: "array", items: answerObject({ file: word, kind }, ["file", "kind"]) },
        controls: {
          type: "array",
          items: answerObject(
            {
              id: word,
              title: word,
              seenIn: kind,
              holds: { type: "boolean" },
              findings: { type: "integer" },
            },
            ["id", "title", "seenIn", "holds", "findings"],
          ),
        },
        score: { type: "integer" },
        ...reportProperties,
      },
      ["files", "controls", "score", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: [
      {
        title: "An image that runs as root, with the Docker socket, open to the world",
        arguments: {
          files: {
            Dockerfile: 'FROM node:24.1.0-slim\nCOPY . /app\nCMD ["node", "/app/main.js"]\n',
            "compose.yaml":
              'services:\n  panel:\n    build: .\n    ports: ["80:8080"]\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]\n',
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("container_security_scan", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ScanAnswer): string {
  const broken = value.controls.filter(({ holds }) => !holds);
  return [
    `${value.controls.length - broken.length} of ${value.controls.length} controls hold (${value.score} %).`,
    broken.length === 0
      ? ""
      : `Broken: ${broken
          .map(({ id, title }) => `${id} ${title}`)
          .slice(0, 20)
          .join("; ")}.`,
    summaryOf(value),
  ]
    .filter((one) => one !== "")
    .join("\n");
}
