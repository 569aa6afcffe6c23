/** Makes a Dockerfile build faster and its image smaller: what can be rewritten safely is, the rest is told. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { applyEdits, diffOf } from "../edits.ts";
import type { Edit } from "../edits.ts";
import { DOCKERFILE_LIMITS } from "../limits.ts";
import { readDockerfile } from "./model.ts";
import type { DockerfileModel } from "./model.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import type { Saving } from "./saving.ts";
import { placed } from "./reporting.ts";
import { baseMegabytes } from "./sizes.ts";

export interface OptimizeInput extends SourceInput {
  ignore?: string[];
}
export interface OptimizeAnswer extends FindingReport {
  file: string;
  /** All safe changes together. */
  dockerfile: string;
  patch: string;
  applied: string[];
  /** Megabytes, rounded; of the image's base and what was found. -1: not known. */
  estimate: { baseMegabytes: number; savedMegabytes: number };
  layers: { line: number; instruction: string; rebuiltWhen: string }[];
}

/** Each round reads the text anew, so that no edit meets another's. */
const MAX_ROUNDS = 10;

export async function dockerfileOptimize(input: OptimizeInput): Promise<OptimizeAnswer> {
  const sources = await readSources(input, { ...DOCKERFILE_LIMITS, maxFiles: 1 });
  const [file = "Dockerfile", source = ""] = Object.entries(sources)[0] ?? [];
  const model = readDockerfile(source, file);
  const ignore = input.ignore ?? [];
  const savings = savingsOf(model).filter(({ found }) => !ignore.includes(found.rule));
  const findings: Finding[] = placed(
    model,
    savings.map(({ found }) => found),
    file,
  );
  const { text, applied } = rewritten(source, ignore);
  return {
    file,
    dockerfile: text,
    patch: text === source ? "" : diffOf(file, source, text),
    applied,
    estimate: {
      baseMegabytes: baseMegabytes(model.stages.at(-1)?.image ?? "") ?? -1,
      savedMegabytes: savings.reduce((sum, { megabytes }) => sum + megabytes, 0),
    },
    layers: layersOf(model),
    ...reportOf(findings),
  };
}

function savingsOf(model: DockerfileModel): Saving[] {
  return OPTIMIZERS.flatMap((optimize) => optimize(model));
}

function rewritten(source: string, ignore: readonly string[]): { text: string; applied: string[] } {
  let text = source;
  const applied: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chosen = apart(
      savingsOf(readDockerfile(text)).filter(({ found }) => !ignore.includes(found.rule)),
    );
    const changed = applyEdits(
      text,
      chosen.flatMap(({ edits }) => edits),
    );
    if (changed === text) break;
    text = changed;
    applied.push(...chosen.map(({ rule }) => rule));
  }
  return { text, applied };
}

/** Changes that touch no other one: a change is made whole or not at all. */
function apart(savings: readonly Saving[]): { rule: string; edits: Edit[] }[] {
  const chosen: { rule: string; edits: Edit[]; start: number; end: number }[] = [];
  for (const { found } of savings) {
    const { edits = [], rule } = found;
    if (edits.length === 0) continue;
    const start = Math.min(...edits.map((one) => one.start));
    const end = Math.max(...edits.map((one) => one.end));
    if (chosen.every((one) => end < one.start || one.end < start))
      chosen.push({ rule, edits, start, end });
  }
  return chosen;
}

/** What makes Docker build each layer again. */
function layersOf(model: DockerfileModel): OptimizeAnswer["layers"] {
  const layers: OptimizeAnswer["layers"] = [];
  for (const { instructions } of model.stages) {
    let cause = "the base image changes";
    for (const { keyword, line, text, flags } of instructions) {
      if (!["RUN", "COPY", "ADD"].includes(keyword)) continue;
      const isFromStage = flags.some(({ name }) => name === "from");
      if (keyword !== "RUN") {
        const what = text.split(/\s+/).slice(0, -1).join(" ");
        cause = isFromStage
          ? `an earlier stage gives another ${what}`
          : what === "."
            ? "any file of the project changes"
            : `${what} change`;
      }
      layers.push({ line, instruction: `${keyword} ${text}`.slice(0, 160), rebuiltWhen: cause });
    }
  }
  return layers;
}
