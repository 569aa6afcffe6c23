/** Validates Compose projects: the schema file by file, the meaning over all of them together. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { COMPOSE_LIMITS } from "../limits.ts";
import { dict } from "../values.ts";
import { readProject } from "./project.ts";
import type { Project } from "./project.ts";
import { composeRules, hasHealthcheck } from "./rules.ts";
import { composeValidator, schemaProblems } from "./schema.ts";

export interface ComposeInput extends SourceInput {
  variables?: Record<string, string>;
  ignore?: string[];
}

export interface ServiceView {
  name: string;
  image: string;
  ports: string[];
  dependsOn: string[];
  healthcheck: boolean;
}
export interface ComposeAnswer extends FindingReport {
  files: string[];
  services: ServiceView[];
  networks: string[];
  volumes: string[];
  /** In which order they start; services of one group start together. */
  startOrder: string[][];
}

export async function composeValidate(input: ComposeInput): Promise<ComposeAnswer> {
  const sources = await readSources(input, COMPOSE_LIMITS);
  const project = readProject(sources, input.variables);
  if (project.documents.length === 0 && project.problems.length === 0) {
    throw new InputProblem("There is no Compose file in it.", { hint: "Pass compose.yaml." });
  }
  const validator = composeValidator();
  const findings: Finding[] = [
    ...project.problems,
    ...project.documents.flatMap((one) => schemaProblems(one, validator)),
    ...(project.documents.length > 0 ? composeRules(project) : []),
  ];
  return {
    files: Object.keys(sources),
    services: [...project.services.values()].map((one) => ({
      name: one.name,
      image: one.image ?? (one.hasBuild ? "(built here)" : ""),
      ports: one.ports.map(({ written }) => written),
      dependsOn: one.dependsOn.map(({ service }) => service),
      healthcheck: hasHealthcheck(one),
    })),
    networks: Object.keys(dict(project.value["networks"])),
    volumes: Object.keys(dict(project.value["volumes"])),
    startOrder: startOrder(project),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

/** Services in a circle start in no group. */
export function startOrder({ services }: Project): string[][] {
  const groups: string[][] = [];
  const started = new Set<string>();
  let waiting = [...services.values()];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ dependsOn }) =>
      dependsOn.every(({ service }) => started.has(service) || !services.has(service)),
    );
    if (ready.length === 0) break;
    groups.push(ready.map(({ name }) => name));
    ready.forEach(({ name }) => started.add(name));
    waiting = waiting.filter(({ name }) => !started.has(name));
  }
  return groups;
}
