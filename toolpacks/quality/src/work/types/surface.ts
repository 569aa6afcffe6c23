/** What a module offers to others, and where that has no type. */
import ts from "typescript";
import { isAny } from "./walk.ts";

export interface UntypedExport {
  name: string;
  node: ts.Declaration;
  /** `parameter options`, `result`, `value`. */
  parts: string[];
}
export interface Surface {
  exports: number;
  untyped: UntypedExport[];
}

const MAX_MEMBERS = 2_000;

export function surfaceOf(source: ts.SourceFile, checker: ts.TypeChecker): Surface {
  const module = checker.getSymbolAtLocation(source);
  if (module === undefined) return { exports: 0, untyped: [] };
  const own = checker.getExportsOfModule(module).flatMap((symbol) => {
    const target =
      (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    const declaration = target.valueDeclaration;
    const isOwn = declaration?.getSourceFile() === source && !ts.isSourceFile(declaration);
    return isOwn ? [{ name: symbol.name, node: declaration, symbol: target }] : [];
  });
  const untyped = own.flatMap(({ name, node, symbol }) =>
    membersOf(symbol, node, checker).flatMap((member) => {
      const parts = untypedParts(member.symbol, member.node, checker);
      const full = member.symbol === symbol ? name : `${name}.${member.symbol.name}`;
      return parts.length === 0 ? [] : [{ name: full, node: member.node, parts }];
    }),
  );
  return { exports: own.length, untyped };
}

interface Member {
  symbol: ts.Symbol;
  node: ts.Declaration;
}

/** A class's public members; else the thing itself. */
function membersOf(symbol: ts.Symbol, node: ts.Declaration, checker: ts.TypeChecker): Member[] {
  if (!ts.isClassLike(node)) return [{ symbol, node }];
  const instance = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  return instance.slice(0, MAX_MEMBERS).flatMap((one) => {
    const declaration = one.valueDeclaration;
    return declaration?.parent === node && isPublic(declaration)
      ? [{ symbol: one, node: declaration }]
      : [];
  });
}

function isPublic(node: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const name = ts.getNameOfDeclaration(node);
  return (
    (ts.getCombinedModifierFlags(node) & hidden) === 0 &&
    (name === undefined || (!ts.isPrivateIdentifier(name) && !name.getText().startsWith("_")))
  );
}

function untypedParts(symbol: ts.Symbol, node: ts.Declaration, checker: ts.TypeChecker): string[] {
  const type = checker.getTypeOfSymbolAtLocation(symbol, node);
  if (isAny(type)) return ["value"];
  const parts = type
    .getCallSignatures()
    .flatMap((signature) => [
      ...signature.parameters
        .filter((one) => holdsAny(checker.getTypeOfSymbolAtLocation(one, node), checker))
        .map((one) => `parameter ${one.name}`),
      ...(holdsAny(signature.getReturnType(), checker) ? ["result"] : []),
    ]);
  return [...new Set(parts)];
}

/** `any` itself, or a list or promise of it. */
function holdsAny(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (isAny(type)) return true;
  const inner = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  if (inner !== undefined && isAny(inner)) return true;
  const awaited = checker.getAwaitedType(type);
  return awaited !== undefined && isAny(awaited);
}
