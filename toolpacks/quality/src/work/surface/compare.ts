/** Whether what used the old surface still compiles with the new one. */
import ts from "typescript";
import type { Offered } from "./collect.ts";

export type Change = "major" | "minor" | "none";
export interface Difference {
  path: string;
  rule: string;
  change: Change;
  message: string;
  before?: string;
  after?: string;
  node: ts.Declaration;
}
export type Surface = ReadonlyMap<string, Offered>;

export function compareSurfaces(
  before: Surface,
  after: Surface,
  checker: ts.TypeChecker,
): Difference[] {
  const found: Difference[] = [];
  for (const [path, old] of before) {
    const now = after.get(path);
    if (now === undefined) {
      if (!isInside(path, (owner) => before.has(owner) && !after.has(owner)))
        found.push({
          path,
          rule: "removed",
          change: "major",
          message: `The ${old.kind} is gone.`,
          before: old.text,
          node: old.node,
        });
    } else found.push(...changeOf(old, now, checker));
  }
  for (const [path, now] of after)
    if (!before.has(path) && !isInside(path, (owner) => !before.has(owner) && after.has(owner)))
      found.push(addition(now));
  return found;
}

/** A removed class is told once, not with all its members. */
function isInside(path: string, missing: (owner: string) => boolean): boolean {
  const cuts = [...path.matchAll(/[.#]/g)].map(({ index }) => path.slice(0, index));
  return cuts.some((owner) => owner !== "" && missing(owner));
}

function addition(now: Offered): Difference {
  const base = { path: now.path, after: now.text, node: now.node };
  return now.implementable && !now.optional
    ? {
        ...base,
        rule: "required-member-added",
        change: "major",
        message: "Whoever makes such an object must now give this too.",
      }
    : { ...base, rule: "added", change: "minor", message: `The ${now.kind} is new.` };
}

function changeOf(old: Offered, now: Offered, checker: ts.TypeChecker): Difference[] {
  const base = { path: old.path, before: old.text, after: now.text, node: now.node };
  if (old.kind !== now.kind)
    return [
      {
        ...base,
        rule: "kind-changed",
        change: "major",
        message: `It was a ${old.kind} and is a ${now.kind}.`,
      },
    ];
  if (old.optional !== now.optional && old.kind === "member")
    return [
      now.optional
        ? {
            ...base,
            rule: "became-optional",
            change: "major",
            message: "It may be missing now, and those who read it must expect that.",
          }
        : {
            ...base,
            rule: "became-required",
            change: old.implementable ? "major" : "minor",
            message: "It must be there now.",
          },
    ];
  if (old.text === now.text) return [];
  const pairs = signaturePairs(old, now);
  if (pairs !== undefined) return signatureChange(pairs, base, checker);
  const gives = checker.isTypeAssignableTo(now.type, old.type);
  const takes = checker.isTypeAssignableTo(old.type, now.type);
  if (gives && takes)
    return [
      {
        ...base,
        rule: "rewritten",
        change: "none",
        message: "It is written otherwise, and means the same.",
      },
    ];
  // A value is only read; a type is also written by those who use it.
  if (gives && old.kind === "value")
    return [
      { ...base, rule: "narrowed", change: "minor", message: "It says more precisely what it is." },
    ];
  return [
    {
      ...base,
      rule: "type-changed",
      change: "major",
      message: gives
        ? "It takes less than before."
        : takes
          ? "It may be more than before."
          : "It is another type.",
    },
  ];
}

interface Pair {
  old: readonly ts.Signature[];
  now: readonly ts.Signature[];
}

function signaturePairs(old: Offered, now: Offered): Pair | undefined {
  const isClass = old.kind === "class";
  const of = ({ type }: Offered): readonly ts.Signature[] =>
    isClass ? type.getConstructSignatures() : type.getCallSignatures();
  const pair = { old: of(old), now: of(now) };
  return pair.old.length === 0 || pair.now.length === 0 || old.kind === "type" ? undefined : pair;
}

type Base = Pick<Difference, "path" | "before" | "after" | "node">;

/** Each old way to call must be found among the new ones. */
function signatureChange({ old, now }: Pair, base: Base, checker: ts.TypeChecker): Difference[] {
  const broken = old
    .map((one) => now.map((other) => whyBroken(one, other, checker)))
    .find((reasons) => reasons.every((reason) => reason !== undefined));
  if (broken !== undefined)
    return [
      {
        ...base,
        rule: "signature-changed",
        change: "major",
        message: broken[0] ?? "It is called in another way.",
      },
    ];
  return [
    {
      ...base,
      rule: "signature-extended",
      change: "minor",
      message: "It can be called as before, and in more ways.",
    },
  ];
}

function whyBroken(
  old: ts.Signature,
  now: ts.Signature,
  checker: ts.TypeChecker,
): string | undefined {
  const [before, after] = [old.parameters, now.parameters];
  const needed = after.filter((one) => !isOptional(one)).length;
  if (needed > before.filter((one) => !isOptional(one)).length)
    return "It asks for more arguments.";
  if (after.length < before.length) return "It takes fewer arguments.";
  for (const [at, parameter] of before.entries()) {
    const other = after[at];
    if (other === undefined) break;
    const [from, to] = [parameterType(parameter, checker), parameterType(other, checker)];
    if (!fits(from, to, checker)) return `The argument ${parameter.name} has another type.`;
  }
  const result = [now.getReturnType(), old.getReturnType()] as const;
  return fits(result[0], result[1], checker) ? undefined : "It gives something else.";
}

function isOptional(symbol: ts.Symbol): boolean {
  const node = symbol.valueDeclaration;
  return (
    node !== undefined &&
    ts.isParameter(node) &&
    (node.questionToken !== undefined ||
      node.initializer !== undefined ||
      node.dotDotDotToken !== undefined)
  );
}

function parameterType(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Type {
  const node = symbol.valueDeclaration;
  return node === undefined
    ? checker.getTypeOfSymbol(symbol)
    : checker.getTypeOfSymbolAtLocation(symbol, node);
}

/** Classes with private parts never fit each other; the same name then stands for the same, since it is told apart. */
function fits(from: ts.Type, to: ts.Type, checker: ts.TypeChecker): boolean {
  return (
    checker.typeToString(from, undefined, ts.TypeFormatFlags.NoTruncation) ===
      checker.typeToString(to, undefined, ts.TypeFormatFlags.NoTruncation) ||
    checker.isTypeAssignableTo(from, to)
  );
}
