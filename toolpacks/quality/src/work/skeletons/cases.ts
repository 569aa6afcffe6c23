/** The calls worth testing of one function, and what is known of their results without running anything. */
import ts from "typescript";
import { unknownInside } from "../types/origins.ts";
import { codeOf, comparisonsOf, guardsOf, holds } from "./guards.ts";
import type { Comparison, Guard, Outcome, Value } from "./guards.ts";
import { arbitraryOf, samplesOf } from "./values.ts";

export interface Case {
  /** The call's arguments as code. */
  arguments: string;
  why: string;
  /** Undefined: the author must say. */
  outcome?: Outcome;
}
export interface Planned {
  name: string;
  line: number;
  isAsync: boolean;
  canThrow: boolean;
  cases: Case[];
  /** One for each parameter; undefined when one of them has none. */
  arbitraries?: { name: string; code: string }[];
  /** `number`, `string`, `boolean`, `array`, or unknown. */
  result: string;
}
export type Tested = ts.FunctionLikeDeclaration & { body: ts.ConciseBody };

const MAX_CASES = 40;

/** Undefined when a value of a parameter's type cannot be written down. */
export function planOf(name: string, node: Tested, checker: ts.TypeChecker): Planned | undefined {
  const parameters = node.parameters.map((one) => ({
    name: ts.isIdentifier(one.name) ? one.name.text : "",
    hasDefault: one.initializer !== undefined,
    isRest: one.dotDotDotToken !== undefined,
    samples: samplesOf(checker.getTypeAtLocation(one), checker),
    arbitrary: arbitraryOf(checker.getTypeAtLocation(one), checker),
  }));
  const isUnknown = node.parameters.some(
    ({ type }) => type !== undefined && unknownInside(type, checker) !== undefined,
  );
  const isOpen = parameters.some(({ samples, isRest }) => samples.length === 0 || isRest);
  if (isUnknown || isOpen) return undefined;
  const names = new Set(parameters.map((one) => one.name).filter(Boolean));
  const guards = ts.isBlock(node.body) ? guardsOf(node.body, names) : [];
  const base = parameters.map(({ samples }) => samples[0] ?? "");
  const tried = new Map<string, Case>();
  for (const [at, { name: parameter, samples, hasDefault }] of parameters.entries()) {
    const limits = comparisonsOf(node.body, names).filter((one) => one.parameter === parameter);
    for (const { code, why } of [
      ...samples.map((code) => ({ code, why: "" })),
      ...limits.flatMap((one) => boundaries(one, samples)),
    ]) {
      const values = base.with(at, code);
      const key = values.join(", ");
      if (tried.size >= MAX_CASES || tried.has(key)) continue;
      const outcome =
        hasDefault && code === "undefined"
          ? undefined
          : outcomeOf(
              guards,
              parameters.map((one) => one.name),
              values,
            );
      tried.set(key, { arguments: key, why, ...(outcome === undefined ? {} : { outcome }) });
    }
  }
  if (parameters.length === 0) tried.set("", { arguments: "", why: "" });
  const arbitraries = parameters.map((one, index) => ({
    name: one.name || `value${index}`,
    code: one.arbitrary ?? "",
  }));
  const source = node.getSourceFile();
  return {
    name,
    line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    ...resultOf(node, checker),
    canThrow: throwsIn(node.body),
    cases: [...tried.values()],
    ...(arbitraries.length > 0 && arbitraries.every(({ code }) => code !== "")
      ? { arbitraries }
      : {}),
  };
}

/** On both sides of the value, where the samples show that the type takes it. */
function boundaries(
  limit: Comparison,
  samples: readonly string[],
): { code: string; why: string }[] {
  const { value, isLength, text, line } = limit;
  const why = `at ${text} in line ${line}`;
  if (isLength) {
    if (
      typeof value !== "number" ||
      value < 0 ||
      value > 50 ||
      !samples.some((one) => one.startsWith('"'))
    )
      return [];
    return [value - 1, value, value + 1]
      .filter((size) => size >= 0)
      .map((size) => ({ code: JSON.stringify("a".repeat(size)), why }));
  }
  const isNumber = samples.some((one) => /^-?\d/.test(one)) && samples.includes("0");
  if (typeof value === "number")
    return isNumber ? [value - 1, value, value + 1].map((one) => ({ code: codeOf(one), why })) : [];
  const takes =
    typeof value === "string" ? samples.includes('""') : samples.includes(codeOf(value));
  return takes ? [{ code: codeOf(value), why }] : [];
}

/** What the leading checks decide for these arguments. */
function outcomeOf(
  guards: readonly Guard[],
  names: readonly string[],
  codes: readonly string[],
): Outcome | undefined {
  for (const { when, outcome } of guards) {
    const argument = readBack(codes[names.indexOf(when.parameter)] ?? "");
    if (argument === undefined) return undefined;
    const { value } = argument;
    if (when.isLength && typeof value !== "string") return undefined;
    if (holds(when, when.isLength ? String(value).length : value)) return outcome;
  }
  return undefined;
}

/** The value of simple code; of objects and lists nothing is known. */
function readBack(code: string): { value: Value } | undefined {
  if (code === "undefined") return { value: undefined };
  try {
    const value: unknown = JSON.parse(code);
    return typeof value === "object" && value !== null ? undefined : { value: asValue(value) };
  } catch {
    return undefined;
  }
}
function asValue(value: unknown): Value {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}

function resultOf(node: Tested, checker: ts.TypeChecker): Pick<Planned, "isAsync" | "result"> {
  const signature = checker.getSignatureFromDeclaration(node);
  const type = signature?.getReturnType();
  if (type === undefined) return { isAsync: false, result: "unknown" };
  const isAsync = type.symbol?.name === "Promise";
  const inner = (isAsync ? checker.getAwaitedType(type) : type) ?? type;
  const base = checker.getBaseTypeOfLiteralType(inner);
  const text = checker.typeToString(base);
  if (checker.isArrayType(inner)) return { isAsync, result: "array" };
  return {
    isAsync,
    result: ["number", "string", "boolean", "bigint"].includes(text) ? text : "unknown",
  };
}

function throwsIn(body: ts.Node): boolean {
  const found = (node: ts.Node): boolean =>
    ts.isThrowStatement(node) ||
    (ts.forEachChild(node, (child) => found(child) || undefined) ?? false);
  return found(body);
}
