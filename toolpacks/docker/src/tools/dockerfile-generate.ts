import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, findingSchema, plainObject } from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { PackWork } from "../jobs.ts";
import type { DockerfileInput } from "../work/generate/generate.ts";
import { PROJECT_LIMITS } from "../work/limits.ts";

const word = { type: "string" };
const words = { type: "array", items: word };
const language = { enum: ["node", "python", "go", "rust", "java", "dotnet", "static"] };
const project = {
  language,
  manager: word,
  version: word,
  hasBuild: { type: "boolean" },
  start: words,
  lock: word,
};

const input = plainObject({
  ...sourceProperties(
    {
      content: "A package.json alone.",
      files:
        "The manifest, its lock file (may be empty text), and sources that show the entry point, by relative path.",
      path: "The project's folder.",
    },
    PROJECT_LIMITS,
  ),
  language: { ...language, description: "When the folder holds several." },
  port: { type: "integer", minimum: 1, maximum: 65_535, description: "What it listens on." },
  start: {
    type: "array",
    items: { type: "string", maxLength: 500 },
    minItems: 1,
    maxItems: 50,
    description: "Program and arguments, where the files do not show them.",
  },
});
const output = answerObject(
  {
    dockerfile: word,
    dockerignore: word,
    project: answerObject(project, Object.keys(project)),
    decisions: words,
    findings: { type: "array", items: findingSchema },
  },
  ["dockerfile", "dockerignore", "project", "decisions", "findings"],
);

export function dockerfileGenerate(work: PackWork): Tool {
  return defineTool<DockerfileInput>({
    name: "dockerfile_generate",
    title: "Generate a Dockerfile",
    description:
      "Writes a multi-stage, non-root Dockerfile on a distroless or slim base, with cache mounts and a .dockerignore, from a project's own manifest and lock file: Node (npm, pnpm, yarn), Python (pip, uv, poetry), Go, Rust, Java (Maven, Gradle), .NET, static sites. Versions and start command come from the files; each choice is told with its reason, and the result is linted.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 10_000,
    examples: [
      {
        title: "A Go service",
        arguments: {
          files: {
            "go.mod": "module example.com/shop\n\ngo 1.25\n",
            "go.sum": "",
            "cmd/shop/main.go": "package main\n\nfunc main() {}\n",
          },
          port: 8080,
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("dockerfile_generate", given, signal), (value) =>
        structured(
          value,
          [
            ...value.decisions.map((one) => `- ${one}`),
            "",
            "Dockerfile:",
            value.dockerfile,
            ".dockerignore:",
            value.dockerignore,
          ].join("\n"),
        ),
      ),
  });
}
