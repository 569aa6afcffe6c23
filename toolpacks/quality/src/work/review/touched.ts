/** Functions that a change touches, and whether it made them more complex. */
import type { Finding } from "flotilla/worker/review";
import { measureFile } from "../complexity/review.ts";
import type { FunctionMetrics } from "../complexity/measure.ts";
import type { Syntax } from "../syntax/engine.node.ts";
import type { ChangedFile } from "./changes.ts";

export interface TouchedFunction {
  name: string;
  line: number;
  cyclomatic: number;
  cognitive: number;
  /** Cognitive complexity before; absent for a new function. */
  before?: number;
}

/** SonarSource's limit, and a rise that one notices. */
const MAX_COGNITIVE = 15;
const RISE = 5;
const MAX_FUNCTIONS = 50;

export async function touchedFunctions(
  engines: { syntax(): Promise<Syntax> },
  { path, after = "", before = "", added }: ChangedFile,
): Promise<{ functions: TouchedFunction[]; findings: Finding[] }> {
  const syntax = await engines.syntax();
  const now = await measureFile(syntax, path, after);
  if (now === undefined) return { functions: [], findings: [] };
  const old = (await measureFile(syntax, path, before))?.functions ?? [];
  const touched = now.functions
    .filter(
      (one) => !one.partial && added.some(({ line }) => line >= one.line && line <= one.endLine),
    )
    .toSorted((a, b) => b.cognitive - a.cognitive)
    .slice(0, MAX_FUNCTIONS);
  const functions = touched.map((one) => touchedOf(one, old));
  return { functions, findings: functions.flatMap((one) => findingOf(path, one)) };
}

function touchedOf(one: FunctionMetrics, old: readonly FunctionMetrics[]): TouchedFunction {
  const { name, line, cyclomatic, cognitive } = one;
  const known = name === "(anonymous)" ? undefined : old.find((other) => other.name === name);
  return {
    name,
    line,
    cyclomatic,
    cognitive,
    ...(known === undefined ? {} : { before: known.cognitive }),
  };
}

function findingOf(file: string, { name, line, cognitive, before }: TouchedFunction): Finding[] {
  if (cognitive <= MAX_COGNITIVE || (before !== undefined && cognitive <= before)) return [];
  const isNew = before === undefined;
  return [
    {
      rule: isNew ? "complex-new-function" : "complexity-rise",
      severity: isNew || cognitive - before >= RISE ? "warning" : "info",
      message: isNew
        ? `The new function has a cognitive complexity of ${cognitive}; ${MAX_COGNITIVE} is a common limit.`
        : `Its cognitive complexity rises from ${before} to ${cognitive}.`,
      location: { file, line, column: 1 },
      object: name,
      fix: "Return early, or move a branch or loop into a function of its own.",
    },
  ];
}
