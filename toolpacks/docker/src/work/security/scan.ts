/** Scans Dockerfiles, Compose files and manifests together, and says which controls hold. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { readProject } from "../compose/project.ts";
import { lintModel } from "../dockerfile/lint.ts";
import { readDockerfile } from "../dockerfile/model.ts";
import { placed } from "../dockerfile/reporting.ts";
import type { Found } from "../dockerfile/reporting.ts";
import { readObjects } from "../kubernetes/objects.ts";
import { SCAN_LIMITS, isCompose, isDockerfile } from "../limits.ts";
import { composeSecurity } from "./compose-rules.ts";
import { CONTROLS } from "./controls.ts";
import type { Control } from "./controls.ts";
import { dockerfileSecurity } from "./dockerfile-rules.ts";
import { kubernetesSecurity } from "./kubernetes-rules.ts";

export interface ScanInput extends SourceInput {
  trustedRegistries?: string[];
  ignore?: string[];
}
type FileKind = Control["seenIn"];
export interface ScanAnswer extends FindingReport {
  files: { file: string; kind: FileKind }[];
  controls: { id: string; title: string; seenIn: FileKind; holds: boolean; findings: number }[];
  /** Share of the controls that could be judged and hold, 0 to 100. */
  score: number;
}

export async function containerSecurityScan(input: ScanInput): Promise<ScanAnswer> {
  const sources = await readSources(input, SCAN_LIMITS);
  const kinds = new Map(Object.entries(sources).map(([file, text]) => [file, kindOf(file, text)]));
  const of = (kind: FileKind): Record<string, string> =>
    Object.fromEntries(Object.entries(sources).filter(([file]) => kinds.get(file) === kind));
  if (kinds.size === 0)
    throw new InputProblem("There is nothing to scan.", {
      hint: "Pass Dockerfiles, Compose files or manifests.",
    });
  const found: Record<FileKind, Finding[]> = {
    dockerfile: Object.entries(of("dockerfile")).flatMap(([file, text]) =>
      scanDockerfile(file, text, input),
    ),
    compose: scanCompose(of("compose")),
    kubernetes: scanManifests(of("kubernetes")),
  };
  const ignore = input.ignore ?? [];
  const judged = CONTROLS.filter(({ seenIn }) => [...kinds.values()].includes(seenIn)).map(
    ({ id, title, seenIn, rules }) => {
      const findings = found[seenIn].filter(
        ({ rule }) => rules.includes(rule) && !ignore.includes(rule),
      ).length;
      return { id, title, seenIn, holds: findings === 0, findings };
    },
  );
  const holding = judged.filter(({ holds }) => holds).length;
  return {
    files: [...kinds].map(([file, kind]) => ({ file, kind })),
    controls: judged,
    score: judged.length === 0 ? 100 : Math.round((100 * holding) / judged.length),
    ...reportOf(Object.values(found).flat(), { ignore }),
  };
}

/** By name; a text without a telling name, by what it starts with. */
function kindOf(file: string, text: string): FileKind {
  if (isDockerfile(file)) return "dockerfile";
  if (isCompose(file)) return "compose";
  if (/^apiVersion:|^\s*"apiVersion"/m.test(text)) return "kubernetes";
  if (/^services:/m.test(text)) return "compose";
  return /^\s*(FROM|ARG)\s/im.test(text) ? "dockerfile" : "kubernetes";
}

function scanDockerfile(
  file: string,
  text: string,
  { trustedRegistries = [] }: ScanInput,
): Finding[] {
  const model = readDockerfile(text, file);
  const own: Found[] = [];
  dockerfileSecurity({ model, report: (one) => own.push(one) });
  const wanted = new Set(
    CONTROLS.filter(({ seenIn }) => seenIn === "dockerfile").flatMap(({ rules }) => rules),
  );
  const linted = lintModel(model, file, { all: true, trustedRegistries });
  return [
    ...placed(model, own, file),
    ...linted.filter(({ rule }) => wanted.has(rule) || /^(sudo|starts-without-from)$/.test(rule)),
  ];
}

function scanCompose(sources: Record<string, string>): Finding[] {
  if (Object.keys(sources).length === 0) return [];
  const project = readProject(sources);
  return [
    ...project.problems.filter(({ severity }) => severity === "error"),
    ...composeSecurity(project),
  ];
}

function scanManifests(sources: Record<string, string>): Finding[] {
  const { objects, problems } = readObjects(sources);
  return [...problems, ...kubernetesSecurity(objects)];
}
