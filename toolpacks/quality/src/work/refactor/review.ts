/** Reviews JavaScript and TypeScript for what should be refactored, with changes that were tried. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import ts from "typescript";
import { envyOf } from "./envy.ts";
import { bestExtraction } from "./extract.ts";
import type { Extraction } from "./extract.ts";
import { functionName, functionsOf, linesOf } from "./functions.ts";
import type { FunctionWithBody } from "./functions.ts";
import { deadParameters, toObject } from "./parameters.ts";
import type { Service } from "./service.node.ts";

export interface RefactorLimits {
  lines?: number;
  parameters?: number;
}
export interface RefactorOptions {
  limits?: RefactorLimits | undefined;
  ignore?: string[] | undefined;
}

export interface OfferedExtraction {
  file: string;
  from: string;
  /** The new function. */
  name: string;
  line: number;
  endLine: number;
  lines: number;
  parameters: number;
  patch: string;
}
export interface RefactorAnswer extends FindingReport {
  files: number;
  functions: number;
  skipped: { file: string; reason: string }[];
  /** Tried: the file still parses, and has no type error that it did not have. */
  extractions: OfferedExtraction[];
}

const DEFAULT_LIMITS: Required<RefactorLimits> = { lines: 60, parameters: 4 };
/** Each costs two checks of the whole file. */
const MAX_EXTRACTIONS = 5;
const MAX_OBJECTS = 10;
const ENDING = /\.[cm]?[jt]sx?$/i;
export const REFACTOR_LANGUAGES = "JavaScript or TypeScript";

export function isRefactorable(path: string): boolean {
  return ENDING.test(path) && !/\.d\.[cm]?ts$/i.test(path);
}

interface Review {
  service: Service;
  limits: Required<RefactorLimits>;
  answer: Pick<RefactorAnswer, "skipped" | "extractions">;
  findings: Finding[];
  functions: number;
  objects: number;
  /** Type errors there were, by path in the service. */
  errors: Map<string, number>;
}

export function reviewRefactorings(
  service: Service,
  files: readonly (readonly [path: string, text: string])[],
  { limits, ignore }: RefactorOptions,
): RefactorAnswer {
  const review: Review = {
    service,
    limits: { ...DEFAULT_LIMITS, ...limits },
    answer: { skipped: [], extractions: [] },
    findings: [],
    functions: 0,
    objects: 0,
    errors: new Map(),
  };
  const readable = files.filter(([path, text]) => isReadable(review, path, text));
  service.open(readable);
  for (const [path] of readable) reviewFile(review, path);
  const report = reportOf(review.findings, { ignore });
  return { files: readable.length, functions: review.functions, ...review.answer, ...report };
}

/** The parser itself is asked first: a file that overflows it must not reach the service, which reads all at once. */
function isReadable({ answer }: Review, path: string, text: string): boolean {
  try {
    const { diagnostics = [] } = ts.transpileModule(text, {
      fileName: path,
      reportDiagnostics: true,
      compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, jsx: ts.JsxEmit.Preserve },
    });
    const [first] = diagnostics;
    if (first === undefined) return true;
    const at = first.file?.getLineAndCharacterOfPosition(first.start ?? 0).line ?? 0;
    const message = ts.flattenDiagnosticMessageText(first.messageText, " ");
    answer.skipped.push({ file: path, reason: `Line ${at + 1}: ${message}` });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    answer.skipped.push({ file: path, reason: "Nested too deeply: it was not read." });
  }
  return false;
}

function reviewFile(review: Review, path: string): void {
  const source = review.service.source(path);
  if (source === undefined) return;
  const functions = functionsOf(source);
  review.functions += functions.length;
  for (const node of functions) {
    const finding = startOf(node, source, path);
    reviewLength(review, node, { source, finding });
    reviewParameters(review, node, { source, finding });
    const envy = envyOf(node);
    if (envy === undefined) continue;
    review.findings.push({
      ...finding,
      rule: "feature-envy",
      severity: "info",
      message: `It uses ${envy.foreign} members of its arguments, most of ${envy.object}, and ${envy.own} of its own object.`,
      evidence: `ATFD ${envy.foreign}, LAA ${(envy.own / (envy.own + envy.foreign)).toFixed(2)}`,
      fix: `Move it, or the part that asks ${envy.object}, to where ${envy.object} is defined.`,
    });
  }
  for (const { parameter, change } of deadParameters(review.service, source)) {
    const owner = startOf(parameter.parent, source, path).object ?? "";
    review.findings.push({
      ...startOf(parameter, source, path),
      object: `${owner}(${parameter.name.getText(source)})`,
      rule: "dead-parameter",
      severity: "warning",
      message: `Nothing reads the parameter ${parameter.name.getText(source)}.`,
      fix: "Remove it, and what callers pass for it.",
      ...(change === undefined ? {} : { patch: change.patch }),
    });
  }
}

type Start = Pick<Finding, "location" | "object">;
interface Where {
  source: ts.SourceFile;
  finding: Start;
}

function startOf(node: ts.Node, source: ts.SourceFile, file: string): Start {
  const from = source.getLineAndCharacterOfPosition(node.getStart(source));
  const to = source.getLineAndCharacterOfPosition(node.getEnd());
  const location = { file, line: from.line + 1, column: from.character + 1, endLine: to.line + 1 };
  return ts.isFunctionLike(node) && "body" in node
    ? { location, object: nameOf(node) }
    : { location };
}

function nameOf(node: ts.SignatureDeclaration): string {
  return ts.isFunctionLike(node) && isDeclaration(node) ? functionName(node) : "";
}
function isDeclaration(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return "body" in node;
}

function reviewLength(review: Review, node: FunctionWithBody, { source, finding }: Where): void {
  const lines = linesOf(node, source);
  if (lines <= review.limits.lines) return;
  const { extractions } = review.answer;
  const found =
    extractions.length < MAX_EXTRACTIONS
      ? checked(review, source, bestExtraction(review.service, source, node))
      : undefined;
  if (found !== undefined) {
    const { texts: _, ...offered } = found;
    extractions.push({
      file: finding.location?.file ?? "",
      from: finding.object ?? "",
      ...offered,
    });
  }
  review.findings.push({
    ...finding,
    rule: "long-function",
    severity: lines > review.limits.lines * 2 ? "error" : "warning",
    message: `It has ${lines} lines; the limit is ${review.limits.lines}.`,
    ...(found === undefined
      ? { fix: "Split it where its comments and blank lines do." }
      : {
          fix: `Move lines ${found.line} to ${found.endLine} into ${found.name}, with ${found.parameters} parameters.`,
          patch: found.patch,
        }),
  });
}

/** An extraction that brings a type error is none. */
function checked(
  review: Review,
  source: ts.SourceFile,
  found: Extraction | undefined,
): Extraction | undefined {
  const after = found?.texts.get(source.fileName);
  if (found === undefined || after === undefined) return undefined;
  const { service, errors } = review;
  const before = errors.get(source.fileName) ?? errorsOf(service, source.fileName);
  errors.set(source.fileName, before);
  const now = service.probe(source.fileName, after, () => errorsOf(service, source.fileName));
  return now > before ? undefined : found;
}

function errorsOf({ language }: Service, path: string): number {
  return language.getSemanticDiagnostics(path).length;
}

function reviewParameters(
  review: Review,
  node: FunctionWithBody,
  { source, finding }: Where,
): void {
  const count = node.parameters.filter(({ name }) => name.getText(source) !== "this").length;
  if (count <= review.limits.parameters) return;
  const change = review.objects < MAX_OBJECTS ? toObject(review.service, source, node) : undefined;
  if (change !== undefined) review.objects += 1;
  review.findings.push({
    ...finding,
    rule: "long-parameter-list",
    severity: "warning",
    message: `It takes ${count} parameters; the limit is ${review.limits.parameters}.`,
    evidence: node.parameters
      .map(({ name }) => name.getText(source).slice(0, 40))
      .join(", ")
      .slice(0, 200),
    fix: "Take one object with named fields.",
    ...(change === undefined ? {} : { patch: change.patch }),
  });
}
