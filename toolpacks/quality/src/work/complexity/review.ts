/** Measures files, says which functions are over the limits, and which files are worth the work first. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import type { Syntax } from "../syntax/engine.node.ts";
import { languageOf } from "../syntax/languages.ts";
import type { Language } from "../syntax/languages.ts";
import { MEANINGS } from "./grammars.ts";
import { historyOf } from "./history.ts";
import { measureTree } from "./measure.ts";
import type { FunctionMetrics } from "./measure.ts";

export interface ComplexityLimits {
  cyclomatic?: number;
  cognitive?: number;
  nesting?: number;
  lines?: number;
  parameters?: number;
}

/** McCabe's ten and SonarSource's fifteen; the others are what many linters start with. */
const DEFAULT_LIMITS: Required<ComplexityLimits> = {
  cyclomatic: 10,
  cognitive: 15,
  nesting: 4,
  lines: 60,
  parameters: 5,
};

export interface ComplexityOptions {
  limits?: ComplexityLimits | undefined;
  /** The output of `git log --numstat`. */
  history?: string | undefined;
  ignore?: string[] | undefined;
}

export interface MeasuredFunction extends FunctionMetrics {
  file: string;
}
export interface MeasuredFile {
  file: string;
  language: Language;
  functions: number;
  lines: number;
  cyclomatic: number;
  cognitive: number;
  /** There were syntax errors: numbers of the parts that could be read. */
  partial: boolean;
}
export interface HotSpot {
  file: string;
  commits: number;
  churn: number;
  cognitive: number;
  /** Commits times cognitive complexity. */
  score: number;
}
export interface ComplexityAnswer extends FindingReport {
  files: MeasuredFile[];
  /** The most complex first. */
  functions: MeasuredFunction[];
  functionCount: number;
  hotSpots: HotSpot[];
}

const MAX_FUNCTIONS = 300;
const MAX_HOT_SPOTS = 50;

export function isMeasurable(path: string): boolean {
  return languageOf(path) !== undefined;
}

export async function measureFiles(
  syntax: Syntax,
  files: readonly (readonly [path: string, text: string])[],
  { limits, history, ignore }: ComplexityOptions,
): Promise<ComplexityAnswer> {
  const measured: MeasuredFile[] = [];
  const functions: MeasuredFunction[] = [];
  for (const [file, text] of files) {
    const one = await measureFile(syntax, file, text);
    if (one === undefined) continue;
    measured.push(one.file);
    for (const metrics of one.functions) functions.push({ file, ...metrics });
  }
  const wanted = { ...DEFAULT_LIMITS, ...limits };
  const findings = functions.flatMap((one) => (one.partial ? [] : findingsOf(one, wanted)));
  functions.sort(
    (a, b) =>
      Number(a.partial) - Number(b.partial) ||
      b.cognitive - a.cognitive ||
      b.cyclomatic - a.cyclomatic,
  );
  return {
    files: measured,
    functions: functions.slice(0, MAX_FUNCTIONS),
    functionCount: functions.length,
    hotSpots: history === undefined ? [] : hotSpotsOf(measured, history),
    ...reportOf(findings, { ignore }),
  };
}

/** Undefined when no grammar reads the file. Functions are in the order of their first lines. */
export async function measureFile(
  syntax: Syntax,
  file: string,
  text: string,
): Promise<{ file: MeasuredFile; functions: FunctionMetrics[] } | undefined> {
  const language = languageOf(file);
  if (language === undefined) return undefined;
  const { functions, partial } = await syntax.withTree(language, text, (tree) => ({
    functions: measureTree(tree, MEANINGS[language]).toSorted(
      (a, b) => a.line - b.line || a.column - b.column,
    ),
    partial: tree.rootNode.hasError,
  }));
  const sum = (key: "cyclomatic" | "cognitive"): number =>
    functions.reduce((total, one) => total + one[key], 0);
  return {
    file: {
      file,
      language,
      functions: functions.length,
      lines: text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
      cyclomatic: sum("cyclomatic"),
      cognitive: sum("cognitive"),
      partial,
    },
    functions,
  };
}

const WORDS: Record<keyof ComplexityLimits, [name: string, fix: string]> = {
  cyclomatic: ["a cyclomatic complexity", "Move groups of branches into functions of their own."],
  cognitive: [
    "a cognitive complexity",
    "Return early, and move the inner part of nested branches out.",
  ],
  nesting: ["a nesting depth", "Return early, or move the inner loop or branch into a function."],
  lines: ["a length in lines", "Split it where the comments or blank lines already do."],
  parameters: ["a number of parameters", "Pass an object with named fields."],
};

function findingsOf(one: MeasuredFunction, limits: Required<ComplexityLimits>): Finding[] {
  const { file, line, column, endLine, name } = one;
  return METRICS.filter((metric) => one[metric] > limits[metric]).map((metric) => {
    const [words, fix] = WORDS[metric];
    return {
      rule: metric,
      severity: one[metric] > limits[metric] * 2 ? "error" : "warning",
      message: `It has ${words} of ${one[metric]}; the limit is ${limits[metric]}.`,
      location: { file, line, column, endLine },
      object: name,
      evidence: `cyclomatic ${one.cyclomatic}, cognitive ${one.cognitive}, nesting ${one.nesting}, ${one.lines} lines, ${one.parameters} parameters`,
      fix,
    };
  });
}
const METRICS = ["cognitive", "cyclomatic", "nesting", "lines", "parameters"] as const;

function hotSpotsOf(files: readonly MeasuredFile[], log: string): HotSpot[] {
  const history = historyOf(log);
  return files
    .flatMap(({ file, cognitive }) => {
      const known = history.get(file);
      return known === undefined
        ? []
        : [{ file, ...known, cognitive, score: known.commits * cognitive }];
    })
    .toSorted((a, b) => b.score - a.score || b.churn - a.churn)
    .slice(0, MAX_HOT_SPOTS);
}
