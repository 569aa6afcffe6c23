/** Writes a Dockerfile and a .dockerignore for a project, and lints what it wrote. */
import { reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { lintModel } from "../dockerfile/lint.ts";
import { readDockerfile } from "../dockerfile/model.ts";
import { PROJECT_LIMITS } from "../limits.ts";
import { projectOf } from "./project.ts";
import type { Language, ProjectFacts } from "./project.ts";
import { recipeFor } from "./templates.ts";

export interface DockerfileInput extends SourceInput {
  language?: Language;
  port?: number;
  /** Program and arguments, instead of what was found. */
  start?: string[];
}
export interface DockerfileAnswer {
  dockerfile: string;
  dockerignore: string;
  project: Pick<ProjectFacts, "language" | "manager" | "version" | "hasBuild" | "start"> & {
    lock: string;
  };
  decisions: string[];
  findings: Finding[];
}

const EVERYONE = [
  ".git",
  ".github",
  ".gitignore",
  ".env",
  ".env.*",
  "*.pem",
  "*.key",
  "Dockerfile*",
  "compose*.y*ml",
  "docker-compose*.y*ml",
  ".dockerignore",
  ".idea",
  ".vscode",
  "**/.DS_Store",
];

export async function dockerfileGenerate(input: DockerfileInput): Promise<DockerfileAnswer> {
  const files = await readSources(input, PROJECT_LIMITS);
  const found = projectOf(files, input.language);
  const project = input.start === undefined ? found : { ...found, start: input.start };
  const { lines, decisions, ignored } = recipeFor(project, input.port);
  const dockerfile = `# syntax=docker/dockerfile:1\n${lines.join("\n")}\n`;
  const findings = lintModel(readDockerfile(dockerfile), "Dockerfile");
  const { language, manager, version, hasBuild, start, lock = "" } = project;
  return {
    dockerfile,
    dockerignore: `${[...EVERYONE, ...ignored].join("\n")}\n`,
    project: { language, manager, version, hasBuild, start, lock },
    decisions: [
      ...project.reasons,
      ...decisions,
      "Base images are pinned by tag; pin digests where builds must repeat: the digest cannot be known without the registry.",
    ],
    findings: reportOf(findings).findings,
  };
}
