/** Validates manifests: schema of a version, workloads, what objects say about each other, Pod Security Standards. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { MANIFEST_LIMITS } from "../limits.ts";
import { linkRules } from "./links.ts";
import { readObjects } from "./objects.ts";
import type { KubeObject } from "./objects.ts";
import { objectRules } from "./objects-rules.ts";
import { podSecurity } from "./pod-security.ts";
import type { SecurityLevel } from "./pod-security.ts";
import { schemasFor } from "./schemas.ts";
import type { KubernetesVersion } from "./schemas.ts";
import { teller } from "./tell.ts";
import { workloadRules } from "./workloads.ts";

export interface ManifestInput extends SourceInput {
  version?: KubernetesVersion;
  podSecurity?: SecurityLevel;
  ignore?: string[];
}
export interface ManifestAnswer extends FindingReport {
  version: string;
  objects: {
    kind: string;
    apiVersion: string;
    name: string;
    namespace: string;
    file: string;
    line: number;
  }[];
  /** Kinds of others (custom resources), which have no schema here. */
  unknownKinds: string[];
}

export async function kubernetesValidate(input: ManifestInput): Promise<ManifestAnswer> {
  const sources = await readSources(input, MANIFEST_LIMITS);
  const { objects, problems } = readObjects(sources);
  if (objects.length === 0 && problems.length === 0) {
    throw new InputProblem("There is no Kubernetes object in it.", {
      hint: "Pass manifests with apiVersion and kind.",
    });
  }
  const findings: Finding[] = [...problems];
  const { version, unknownKinds } = await validateObjects(objects, input, findings);
  return {
    version,
    objects: objects.map((one) => {
      const { file = "", line } = one.place();
      return {
        kind: one.kind,
        apiVersion: one.apiVersion,
        name: one.name,
        namespace: one.namespace,
        file,
        line,
      };
    }),
    unknownKinds,
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

export async function validateObjects(
  objects: readonly KubeObject[],
  options: Pick<ManifestInput, "version" | "podSecurity">,
  findings: Finding[],
): Promise<{ version: string; unknownKinds: string[] }> {
  const schemas = await schemasFor(options.version ?? "1.37");
  const tell = teller(findings);
  const { unknownKinds } = objectRules(objects, schemas, tell);
  workloadRules(objects, tell);
  linkRules(objects, tell);
  podSecurity(objects, options.podSecurity ?? "restricted", tell);
  return { version: schemas.version, unknownKinds };
}
