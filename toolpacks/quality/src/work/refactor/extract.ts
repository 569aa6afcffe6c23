/** Which part of a long function to move out, tried for real with TypeScript's own refactoring. */
import ts from "typescript";
import { attempt, changeOf, formatOf } from "./edits.ts";
import type { Change } from "./edits.ts";
import { functionName, linesOf } from "./functions.ts";
import type { FunctionWithBody } from "./functions.ts";
import { bareName, freshName } from "./names.ts";
import type { Service } from "./service.node.ts";

export interface Extraction extends Change {
  name: string;
  line: number;
  endLine: number;
  lines: number;
  parameters: number;
}

interface Range {
  statements: readonly ts.Statement[];
  lines: number;
  /** The function it comes from. */
  owner: string;
  /** Lines of the shorter of the two that come out. */
  balance: number;
}

/** Shorter parts are not worth a function; longer ones only move the problem. */
const MIN_LINES = 5;
const MAX_SHARE = 0.75;
const MAX_PARAMETERS = 4;
/** Parts tried per function: each is a question to the language service. */
const MAX_TRIES = 6;

/** Undefined when no part can be moved so that the file still parses. */
export function bestExtraction(
  service: Service,
  source: ts.SourceFile,
  node: FunctionWithBody,
): Extraction | undefined {
  const tried = rangesOf(node, source)
    .slice(0, MAX_TRIES)
    .flatMap((range) => attemptRange(service, source, range) ?? [])
    .toSorted((a, b) => worth(b) - worth(a));
  for (const { edits, name, range, parameters } of tried.slice(0, 2)) {
    const change = changeOf(service, edits, renaming(name));
    if (change === undefined) continue;
    const { lines, statements } = range;
    const [pos] = placesOf(statements, source);
    const line = source.getLineAndCharacterOfPosition(pos).line + 1;
    return { ...change, name, line, endLine: line + lines - 1, lines, parameters };
  }
  return undefined;
}

interface Tried {
  edits: readonly ts.FileTextChanges[];
  name: string;
  range: Range;
  parameters: number;
}

/** Two parts of equal length are best, and few things handed over. */
const worth = ({ range, parameters }: Tried): number => range.balance - parameters * 4;

const renaming =
  (name: string) =>
  (text: string): string =>
    text.replaceAll(/\bnew(?:Function|Method)(?:_\d+)?\b/g, name);

/** Runs of statements in any block of the function, the most promising first. */
function rangesOf(node: FunctionWithBody, source: ts.SourceFile): Range[] {
  const total = linesOf(node, source);
  const owner = bareName(functionName(node));
  const found: Range[] = [];
  for (const { statements } of blocksOf(node.body)) {
    for (const [first, one] of statements.entries()) {
      // A run starts where a person would start one: after a blank line or comment, or at a control structure.
      if (first > 0 && !startsParagraph(one, source) && !isStructure(one)) continue;
      for (let last = first; last < statements.length; last += 1) {
        const next = statements[last + 1];
        if (next !== undefined && !startsParagraph(next, source) && !isStructure(one)) continue;
        const run = statements.slice(first, last + 1);
        const lines = spanOf(run, source);
        if (lines >= MIN_LINES && lines <= total * MAX_SHARE)
          found.push({ statements: run, lines, owner, balance: Math.min(lines, total - lines) });
      }
    }
  }
  return found.toSorted((a, b) => b.balance - a.balance);
}

function blocksOf(body: ts.Block): ts.Block[] {
  const found: ts.Block[] = [body];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isBlock(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

function startsParagraph(node: ts.Statement, source: ts.SourceFile): boolean {
  return /\n[ \t]*\r?\n|\/[/*]/.test(source.text.slice(node.pos, node.getStart(source)));
}

function isStructure(node: ts.Statement): boolean {
  return (
    ts.isIterationStatement(node, false) ||
    ts.isIfStatement(node) ||
    ts.isTryStatement(node) ||
    ts.isSwitchStatement(node)
  );
}

function spanOf(run: readonly ts.Statement[], source: ts.SourceFile): number {
  const [start, end] = placesOf(run, source);
  return (
    source.getLineAndCharacterOfPosition(end).line -
    source.getLineAndCharacterOfPosition(start).line +
    1
  );
}

function placesOf(
  run: readonly ts.Statement[],
  source: ts.SourceFile,
): [start: number, end: number] {
  return [run[0]?.getStart(source) ?? 0, run.at(-1)?.getEnd() ?? 0];
}

function attemptRange(
  { language }: Service,
  source: ts.SourceFile,
  range: Range,
): Tried | undefined {
  const [pos, end] = placesOf(range.statements, source);
  const action = scopeOf(
    attempt(() => language.getApplicableRefactors(source.fileName, { pos, end }, {})) ?? [],
  );
  if (action === undefined) return undefined;
  const format = formatOf(source.text);
  const info = attempt(() =>
    language.getEditsForRefactor(
      source.fileName,
      format,
      { pos, end },
      "Extract Symbol",
      action,
      {},
    ),
  );
  const parameters = info?.edits[0]?.textChanges
    .map(({ newText }) => parametersIn(newText))
    .find((count) => count !== undefined);
  if (info === undefined || parameters === undefined || parameters > MAX_PARAMETERS)
    return undefined;
  const name = freshName(range.statements, source, range.owner);
  return { edits: info.edits, name, range, parameters };
}

/** Of the new declaration, which stands alone in its edit; a method needs a class around it. */
function parametersIn(text: string): number | undefined {
  const isFunction = /^\s*(?:export\s+)?(?:async\s+)?function\b/.test(text);
  const wrapped = isFunction ? text : `class C {${text}}`;
  const source = ts.createSourceFile("part.ts", wrapped, ts.ScriptTarget.Latest, true);
  const [first] = source.statements;
  const made =
    first !== undefined && ts.isClassDeclaration(first)
      ? first.members.find(ts.isMethodDeclaration)
      : first;
  if (made === undefined || !(ts.isFunctionDeclaration(made) || ts.isMethodDeclaration(made)))
    return undefined;
  return made.body === undefined ? undefined : made.parameters.length;
}

/** The outermost place that is offered: a method of the class, or a function of the module. */
function scopeOf(refactors: readonly ts.ApplicableRefactorInfo[]): string | undefined {
  const actions = refactors
    .filter(({ name }) => name === "Extract Symbol")
    .flatMap((one) => one.actions)
    .filter(
      ({ name, notApplicableReason }) =>
        name.startsWith("function_scope") && notApplicableReason === undefined,
    );
  const method = actions.find(({ description }) => /method in class/.test(description));
  const outer = actions.findLast(({ description }) => /(?:module|global) scope/.test(description));
  return (method ?? outer)?.name;
}
