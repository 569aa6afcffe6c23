/** Lints Dockerfiles: syntax, hadolint's documented rules, and what makes an image leak. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { DOCKERFILE_LIMITS } from "../limits.ts";
import { readDockerfile } from "./model.ts";
import type { DockerfileModel } from "./model.ts";
import { placed } from "./reporting.ts";
import type { Found, Rule } from "./reporting.ts";
import { imageRules } from "./rules/images.ts";
import { instructionRules } from "./rules/instructions.ts";
import { labelRules } from "./rules/labels.ts";
import type { LabelFormat } from "./rules/labels.ts";
import { leftoverRules } from "./rules/leftovers.ts";
import { packageRules } from "./rules/packages.ts";
import { secretRules } from "./rules/secrets.ts";
import { shellRules } from "./rules/shell-rules.ts";
import { syntaxRules } from "./rules/syntax.ts";

export interface LintOptions {
  trustedRegistries?: string[];
  labels?: Record<string, LabelFormat>;
  strictLabels?: boolean;
  /** Also what hadolint leaves off: DL1001 and DL3057. */
  all?: boolean;
}
export interface LintInput extends SourceInput, LintOptions {
  ignore?: string[];
}
export interface LintAnswer extends FindingReport {
  files: { file: string; stages: number; instructions: number; finalImage: string }[];
}

export async function dockerfileLint(input: LintInput): Promise<LintAnswer> {
  const sources = await readSources(input, DOCKERFILE_LIMITS);
  const files: LintAnswer["files"] = [];
  const all: Finding[] = [];
  for (const [file, source] of Object.entries(sources)) {
    const model = readDockerfile(source, file);
    files.push({
      file,
      stages: model.stages.length,
      instructions: model.instructions.length,
      finalImage: model.stages.at(-1)?.image ?? "",
    });
    all.push(...lintModel(model, file, input));
  }
  return { files, ...reportOf(all.filter((one) => !isIgnored(one, input.ignore))) };
}

/** Callers may name a rule by its id or by hadolint's. */
function isIgnored({ rule, reference = "" }: Finding, ignore: readonly string[] = []): boolean {
  return ignore.includes(rule) || ignore.includes(reference);
}

export function lintModel(
  model: DockerfileModel,
  file: string,
  options: LintOptions = {},
): Finding[] {
  const found: Found[] = [];
  const isWindows = model.stages.some(({ image }) => /windows|nanoserver|servercore/i.test(image));
  const rules: Rule[] = [
    syntaxRules,
    imageRules(options.trustedRegistries ?? []),
    instructionRules,
    labelRules({ labels: options.labels ?? {}, strict: options.strictLabels ?? false }),
    secretRules,
    // Their commands are not those of a Unix shell.
    ...(isWindows ? [] : [packageRules, leftoverRules, shellRules]),
    ...(options.all === true ? [optionalRules] : []),
  ];
  for (const rule of rules) rule({ model, report: (one) => found.push(one) });
  const pragmas = pragmasOf(model);
  return placed(
    model,
    found.filter((one) => !pragmas(one)),
    file,
  );
}

const optionalRules: Rule = ({ model, report }) => {
  const last = model.stages.at(-1);
  for (const { line, text } of model.comments) {
    const start =
      model.source
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    if (!/^hadolint (global )?ignore=/.test(text)) continue;
    report({
      rule: "ignore-pragma",
      reference: "DL1001",
      severity: "info",
      at: { start, end: start },
      message: "A comment switches rules off.",
      evidence: text,
      fix: "Put right what it hides, and remove it.",
    });
  }
  if (last === undefined || last.instructions.some(({ keyword }) => keyword === "HEALTHCHECK"))
    return;
  report({
    rule: "healthcheck-missing",
    reference: "DL3057",
    severity: "info",
    at: last.from,
    message: "Docker cannot tell whether the program works.",
    fix: "Add HEALTHCHECK, unless an orchestrator probes it.",
  });
};

/** `# hadolint ignore=…` above an instruction, `# hadolint global ignore=…` anywhere. */
function pragmasOf(model: DockerfileModel): (found: Found) => boolean {
  const lines = new Map<string, Set<number>>();
  const starts = model.instructions.map(({ start, end, line }) => ({ start, end, line }));
  for (const { line, text } of model.comments) {
    const match = /^hadolint (global )?ignore=([\w, -]+)/.exec(text);
    if (match === null) continue;
    const target = match[1] === undefined ? starts.find((one) => one.line > line)?.line : 0;
    for (const id of (match[2] ?? "").split(/[ ,]+/)) {
      const known = lines.get(id) ?? new Set();
      lines.set(id, known.add(target ?? -1));
    }
  }
  if (lines.size === 0) return () => false;
  return ({ rule, reference = "", at }) => {
    const line = starts.findLast(({ start }) => start <= at.start)?.line ?? -1;
    return [rule, reference].some((id) => {
      const off = lines.get(id);
      return off !== undefined && (off.has(0) || off.has(line));
    });
  };
}
