/** Parameters that nothing reads, and lists of them that are too long; each with TypeScript's own change where it has one. */
import ts from "typescript";
import { attempt, changeOf, formatOf } from "./edits.ts";
import type { Change } from "./edits.ts";
import type { Service } from "./service.node.ts";

/** "'x' is declared but its value is never read." */
const UNUSED = 6_133;
const TO_OBJECT = "Convert parameters to destructured object";

export interface DeadParameter {
  parameter: ts.ParameterDeclaration;
  change: Change | undefined;
}

export function deadParameters(service: Service, source: ts.SourceFile): DeadParameter[] {
  return service.language
    .getSuggestionDiagnostics(source.fileName)
    .filter(({ code }) => code === UNUSED)
    .flatMap(({ start, length }) => {
      const parameter = parameterAt(source, start);
      if (parameter === undefined || isGiven(parameter)) return [];
      return [{ parameter, change: removal(service, source, [start, start + length]) }];
    });
}

function parameterAt(source: ts.SourceFile, start: number): ts.ParameterDeclaration | undefined {
  let found: ts.ParameterDeclaration | undefined;
  const visit = (node: ts.Node): void => {
    if (node.pos > start || node.end <= start) return;
    if (ts.isParameter(node) && node.name.getStart(source) === start && ts.isIdentifier(node.name))
      found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Somebody else decides about it: a base class or interface, a caller that passes by place, or the name says so. */
function isGiven(parameter: ts.ParameterDeclaration): boolean {
  const owner = parameter.parent;
  const isPrivate = ts.isIdentifier(parameter.name) && parameter.name.text.startsWith("_");
  if (isPrivate || ts.isSetAccessorDeclaration(owner)) return true;
  if (ts.isClassLike(owner.parent)) return (owner.parent.heritageClauses?.length ?? 0) > 0;
  const isHandedOver =
    ts.isCallExpression(owner.parent) ||
    ts.isNewExpression(owner.parent) ||
    ts.isPropertyAssignment(owner.parent);
  return isHandedOver || ts.isMethodDeclaration(owner);
}

function removal(
  service: Service,
  source: ts.SourceFile,
  [start, end]: [number, number],
): Change | undefined {
  const { language } = service;
  const format = formatOf(source.text);
  const fixes =
    attempt(() =>
      language.getCodeFixesAtPosition(source.fileName, start, end, [UNUSED], format, {}),
    ) ?? [];
  const fix = fixes.find(
    ({ fixName, description }) =>
      fixName === "unusedIdentifier" && description.startsWith("Remove"),
  );
  return fix === undefined ? undefined : changeOf(service, fix.changes);
}

/** All callers in the given files change with it. */
export function toObject(
  service: Service,
  source: ts.SourceFile,
  node: ts.FunctionLikeDeclaration,
): Change | undefined {
  const { language } = service;
  const position = (node.name ?? node).getStart(source);
  const edits = attempt(() => {
    const offered = language.getApplicableRefactors(source.fileName, position, {}, "invoked");
    if (!offered.some(({ name }) => name === TO_OBJECT)) return undefined;
    const format = formatOf(source.text);
    return language.getEditsForRefactor(
      source.fileName,
      format,
      position,
      TO_OBJECT,
      TO_OBJECT,
      {},
    );
  });
  return edits === undefined ? undefined : changeOf(service, edits.edits);
}
