/** Compose services as Kubernetes objects, and an honest list of what could not come along. */
import { InputProblem } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { reportOf } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { ComposeInput } from "../compose/validate.ts";
import { readProject } from "../compose/project.ts";
import type { Project, Service } from "../compose/project.ts";
import { readObjects } from "../kubernetes/objects.ts";
import type { KubernetesVersion } from "../kubernetes/schemas.ts";
import { validateObjects } from "../kubernetes/validate.ts";
import { COMPOSE_LIMITS } from "../limits.ts";
import type { Dict } from "../values.ts";
import {
  disruptionBudget,
  kubeName,
  serviceAccount,
  serviceObject,
  toYaml,
  workloadObject,
} from "./build.ts";
import { carriedWorkload } from "./compose-workload.ts";

export interface ConvertInput extends ComposeInput {
  namespace?: string;
  version?: KubernetesVersion;
  /** For services that are built: the image's name is `registry/service:tag`. */
  registry?: string;
}

export interface NotCarried {
  service: string;
  field: string;
  why: string;
  line: number;
}
export interface ConvertAnswer {
  manifest: string;
  /** The same, one text per service. */
  files: Record<string, string>;
  objects: { kind: string; name: string }[];
  notCarried: NotCarried[];
  findings: Finding[];
}

export interface Conversion {
  project: Project;
  namespace: string | undefined;
  registry: string | undefined;
  drop(service: Service, field: string, why: string): void;
}

export async function composeToKubernetes(input: ConvertInput): Promise<ConvertAnswer> {
  const sources = await readSources(input, COMPOSE_LIMITS);
  const project = readProject(sources, input.variables);
  const broken = project.problems.find(({ severity }) => severity === "error");
  if (broken !== undefined)
    throw new InputProblem(broken.message, {
      ...(broken.location !== undefined && { location: broken.location }),
      hint: "Correct the YAML first.",
    });
  if (project.services.size === 0)
    throw new InputProblem("There are no services in it.", {
      hint: "Pass a Compose file with services.",
    });
  const notCarried: NotCarried[] = [];
  const conversion: Conversion = {
    project,
    namespace: input.namespace,
    registry: input.registry,
    drop: (service, field, why) =>
      notCarried.push({
        service: service.name,
        field,
        why,
        line: service.place(...field.split(".")).line,
      }),
  };
  const files: Record<string, string> = {};
  const all: Dict[] = [];
  for (const service of project.services.values()) {
    const objects = objectsOf(service, conversion);
    files[`${kubeName(service.name)}.yaml`] = toYaml(objects);
    all.push(...objects);
  }
  const unique = [
    ...new Map(all.map((one) => [JSON.stringify([one["kind"], one["metadata"]]), one])).values(),
  ];
  const manifest = toYaml(unique);
  const { objects } = readObjects({ "manifest.yaml": manifest });
  const findings: Finding[] = [];
  await validateObjects(
    objects,
    { ...(input.version !== undefined && { version: input.version }) },
    findings,
  );
  return {
    manifest,
    files,
    objects: objects.map(({ kind, name }) => ({ kind, name })),
    notCarried,
    findings: reportOf(findings, { ignore: input.ignore }).findings,
  };
}

function objectsOf(service: Service, conversion: Conversion): Dict[] {
  const { workload, extra } = carriedWorkload(service, conversion);
  return [
    serviceAccount(workload),
    ...extra,
    workloadObject(workload),
    serviceObject(workload),
    (workload.replicas ?? 1) > 1 ? disruptionBudget(workload) : undefined,
  ].filter((one) => one !== undefined);
}
