/** Complexity of functions and modules, and which of them are worth to be made simpler. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { isPython } from "../lib/inputs.ts";
import { walkScopes } from "./complexity-walk.ts";
import type { Scope } from "./complexity-walk.ts";
import { maintainability, noHalstead, volumeOf } from "./halstead.ts";
import type { Halstead } from "./halstead.ts";
import { parsePython } from "./syntax.ts";
import type { Source } from "./syntax.ts";

export interface ComplexityInput {
  files: Record<string, string>;
  maxCyclomatic?: number;
  maxCognitive?: number;
  maxLines?: number;
  maxNesting?: number;
  maxParameters?: number;
  /** Functions to list, worst first. Default 50. */
  top?: number;
  ignore?: string[];
}

export interface FunctionNumbers {
  file: string;
  name: string;
  line: number;
  endLine: number;
  lines: number;
  cyclomatic: number;
  cognitive: number;
  nesting: number;
  statements: number;
  parameters: number;
  returns: number;
  maintainability: number;
}
export interface ModuleNumbers {
  file: string;
  lines: number;
  statements: number;
  functions: number;
  cyclomatic: number;
  cognitive: number;
  commentShare: number;
  maintainability: number;
  /** A: above 19, B: above 9, C: the rest. */
  rank: "A" | "B" | "C";
}
export interface ComplexityAnswer extends FindingReport {
  files: number;
  functionCount: number;
  averages: { cyclomatic: number; cognitive: number; lines: number };
  functions: FunctionNumbers[];
  modules: ModuleNumbers[];
}

const MAX_MODULES = 500;

export function complexity(input: ComplexityInput): ComplexityAnswer {
  const read = Object.entries(input.files)
    .filter(([file]) => isPython(file))
    .map(([file, text]) => numbersOf(parsePython(file, text)));
  const functions = read.flatMap((one) => one.functions);
  const modules = read.map(({ module }) => module);
  const worst = functions.toSorted(
    (a, b) => b.cognitive - a.cognitive || b.cyclomatic - a.cyclomatic,
  );
  const findings = [
    ...functions.flatMap((one) => functionFindings(one, input)),
    ...modules.flatMap(moduleFindings),
  ];
  const mean = (key: "cyclomatic" | "cognitive" | "lines"): number =>
    rounded(functions.reduce((sum, one) => sum + one[key], 0) / Math.max(1, functions.length));
  return {
    files: read.length,
    functionCount: functions.length,
    averages: {
      cyclomatic: mean("cyclomatic"),
      cognitive: mean("cognitive"),
      lines: mean("lines"),
    },
    functions: worst.slice(0, input.top ?? 50),
    modules: modules
      .toSorted((a, b) => a.maintainability - b.maintainability)
      .slice(0, MAX_MODULES),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function numbersOf(source: Source): { module: ModuleNumbers; functions: FunctionNumbers[] } {
  const { module, functions } = walkScopes(source);
  const comments = commentLines(source);
  const inside = (scope: Scope): number =>
    comments.filter((line) => line >= scope.line && line <= scope.endLine).length;
  const all = [module, ...functions];
  const total = (key: "cyclomatic" | "cognitive" | "statements"): number =>
    all.reduce((sum, { counts }) => sum + counts[key], 0);
  const lines = source.text === "" ? 0 : source.starts.length - Number(source.text.endsWith("\n"));
  const commentShare = lines === 0 ? 0 : comments.length / lines;
  // Each function starts at one; together they are one module with all their branches.
  const cyclomatic = total("cyclomatic") - functions.length;
  const score = maintainability({
    volume: volumeOf(joined(all.map(({ halstead }) => halstead))),
    cyclomatic,
    statements: total("statements"),
    commentShare,
  });
  return {
    module: {
      file: source.file,
      lines,
      statements: total("statements"),
      functions: functions.length,
      cyclomatic,
      cognitive: total("cognitive"),
      commentShare: rounded(commentShare),
      maintainability: rounded(score),
      rank: score > 19 ? "A" : score > 9 ? "B" : "C",
    },
    functions: functions.map((scope) => functionNumbers(source.file, scope, inside(scope))),
  };
}

function functionNumbers(file: string, scope: Scope, comments: number): FunctionNumbers {
  const { name, line, endLine, counts, parameters } = scope;
  const lines = endLine - line + 1;
  const score = maintainability({
    volume: volumeOf(scope.halstead),
    cyclomatic: counts.cyclomatic,
    statements: counts.statements,
    commentShare: comments / lines,
  });
  return {
    file,
    name,
    line,
    endLine,
    lines,
    ...counts,
    parameters,
    maintainability: rounded(score),
  };
}

function joined(parts: readonly Halstead[]): Halstead {
  const all = noHalstead();
  for (const part of parts) {
    for (const kind of ["operators", "operands"] as const) {
      for (const [key, count] of part[kind]) all[kind].set(key, (all[kind].get(key) ?? 0) + count);
    }
  }
  return all;
}

/** Lines with a comment, in order. */
function commentLines({ tree, starts }: Source): number[] {
  const offsets: number[] = [];
  tree.iterate({
    enter: ({ name, from }) => {
      if (name === "Comment") offsets.push(from);
    },
  });
  let line = 0;
  return offsets.map((offset) => {
    while ((starts[line + 1] ?? Infinity) <= offset) line += 1;
    return line + 1;
  });
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

interface Bound {
  rule: string;
  key: "cyclomatic" | "cognitive" | "lines" | "nesting" | "parameters";
  most: number;
  what: string;
  fix: string;
}

function boundsOf(input: ComplexityInput): Bound[] {
  const { maxCyclomatic = 10, maxCognitive = 15, maxLines = 80 } = input;
  return [
    {
      rule: "cyclomatic-complexity",
      key: "cyclomatic",
      most: maxCyclomatic,
      what: "independent paths",
      fix: "Move whole branches into functions of their own, or choose from a table.",
    },
    {
      rule: "cognitive-complexity",
      key: "cognitive",
      most: maxCognitive,
      what: "points of cognitive complexity",
      fix: "Return early, and give the inner loops and conditions names of their own.",
    },
    {
      rule: "long-function",
      key: "lines",
      most: maxLines,
      what: "lines",
      fix: "Split it where its steps change.",
    },
    {
      rule: "deep-nesting",
      key: "nesting",
      most: input.maxNesting ?? 4,
      what: "levels of nesting",
      fix: "Turn conditions round and leave early.",
    },
    {
      rule: "many-parameters",
      key: "parameters",
      most: input.maxParameters ?? 7,
      what: "parameters",
      fix: "Pass those that belong together as one dataclass.",
    },
  ];
}

function functionFindings(one: FunctionNumbers, input: ComplexityInput): Finding[] {
  return boundsOf(input).flatMap(({ rule, key, most, what, fix }) => {
    const value = one[key];
    if (value <= most) return [];
    return [
      {
        rule,
        severity: value > 2 * most ? "warning" : "info",
        message: `${one.name} has ${value} ${what}; at most ${most} are asked for.`,
        location: { file: one.file, line: one.line, column: 1, endLine: one.endLine },
        object: one.name,
        evidence: `${value} > ${most}`,
        fix,
      },
    ];
  });
}

function moduleFindings({ file, maintainability: score, rank }: ModuleNumbers): Finding[] {
  if (rank === "A") return [];
  return [
    {
      rule: "low-maintainability",
      severity: rank === "C" ? "warning" : "info",
      message: `The maintainability index is ${score} of 100; above 19 is good.`,
      location: { file, line: 1, column: 1 },
      evidence: `${score}`,
      fix: "Split the module, beginning with its most complex functions.",
    },
  ];
}
