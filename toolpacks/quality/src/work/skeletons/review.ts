/** Writes test files for what modules export. */
import { InputProblem } from "flotilla/worker/review";
import ts from "typescript";
import { readableOf } from "../program/readable.ts";
import type { Skipped, Texts } from "../program/readable.ts";
import type { Service } from "../refactor/service.node.ts";
import { planOf } from "./cases.ts";
import type { Planned, Tested } from "./cases.ts";
import { hasProperty, testFileOf } from "./write.ts";
import type { Framework } from "./write.ts";

export interface SkeletonOptions {
  framework?: Framework | undefined;
  /** Names of functions; default all exported. */
  only?: string[] | undefined;
}
export interface TestedFunction {
  name: string;
  line: number;
  /** Cases with an assertion that the function's own checks prove. */
  asserted: number;
  todo: number;
  property: boolean;
}
export interface SkeletonAnswer {
  tests: { source: string; file: string; text: string; functions: TestedFunction[] }[];
  /** Exported functions for whose parameters no value can be written down. */
  untested: { file: string; name: string; line: number; reason: string }[];
  skipped: Skipped[];
}

const MAX_FILES = 100;

export function writeSkeletons(
  service: Service,
  files: Texts,
  { framework = "vitest", only }: SkeletonOptions,
): SkeletonAnswer {
  const code = files.filter(
    ([path]) => !/\.json$|\.d\.[cm]?ts$|[._-](?:test|spec)\.\w+$/.test(path),
  );
  if (code.length > MAX_FILES)
    throw new InputProblem(`There are ${code.length} files; at most ${MAX_FILES} at once.`);
  const { readable, skipped } = readableOf(code);
  service.open(readable);
  const checker = service.language.getProgram()?.getTypeChecker();
  const answer: SkeletonAnswer = { tests: [], untested: [], skipped: [...skipped] };
  for (const [path] of readable) {
    const source = service.source(path);
    if (source === undefined || checker === undefined) continue;
    const plans: Planned[] = [];
    for (const { name, node } of exportedFunctions(source, checker)) {
      if (only !== undefined && !only.includes(name)) continue;
      const plan = planOf(name, node, checker);
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (plan !== undefined) plans.push(plan);
      else
        answer.untested.push({
          file: path,
          name,
          line,
          reason: "No value of a parameter's type can be written down.",
        });
    }
    plans.sort((a, b) => a.line - b.line);
    if (plans.length > 0) answer.tests.push(fileOf(path, plans, framework));
  }
  if (answer.tests.length + answer.untested.length + skipped.length === 0)
    throw new InputProblem("No function is exported by name.", {
      hint: "Pass modules with export function …",
    });
  return answer;
}

function fileOf(
  path: string,
  plans: readonly Planned[],
  framework: Framework,
): SkeletonAnswer["tests"][number] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const file = path.replace(/\.([cm]?[jt]sx?)$/i, ".test.$1");
  const isTyped = /\.[cm]?tsx?$/i.test(path);
  // Compilers take the name of what they make; Node runs the source itself.
  const module = framework === "node" ? name : name.replace(/\.([cm]?)tsx?$/i, ".$1js");
  const text = testFileOf(plans, { module: `./${module}`, framework, isTyped });
  const functions = plans.map((plan) => ({
    name: plan.name,
    line: plan.line,
    asserted: plan.cases.filter(({ outcome }) => outcome !== undefined).length,
    todo: plan.cases.filter(({ outcome }) => outcome === undefined).length,
    property: hasProperty(plan),
  }));
  return { source: path, file, text, functions };
}

function exportedFunctions(
  source: ts.SourceFile,
  checker: ts.TypeChecker,
): { name: string; node: Tested }[] {
  const module = checker.getSymbolAtLocation(source);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const declaration = (isAlias ? checker.getAliasedSymbol(symbol) : symbol).valueDeclaration;
    if (declaration?.getSourceFile() !== source || symbol.name === "default") return [];
    const node = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    return node !== undefined && isTested(node) ? [{ name: symbol.name, node }] : [];
  });
}

function isTested(node: ts.Node): node is Tested {
  return (
    (ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)) &&
    node.body !== undefined
  );
}
