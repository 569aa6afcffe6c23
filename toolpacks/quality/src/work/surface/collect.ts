/** What a module offers, flat: each export and each public member by its path. */
import ts from "typescript";

export type Kind =
  | "function"
  | "class"
  | "interface"
  | "type"
  | "enum"
  | "value"
  | "namespace"
  | "member";

export interface Offered {
  /** `Command.parse`, `Command#static create`. */
  path: string;
  kind: Kind;
  symbol: ts.Symbol;
  node: ts.Declaration;
  type: ts.Type;
  optional: boolean;
  /** The declared type as text. */
  text: string;
  /** A member of something that others may write themselves: an interface, an object type. */
  implementable: boolean;
}

const MAX_OFFERED = 20_000;
const MAX_DEPTH = 6;
const FORMAT =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.WriteArrayAsGenericType;

export function collect(source: ts.SourceFile, checker: ts.TypeChecker): Map<string, Offered> {
  const found = new Map<string, Offered>();
  const module = checker.getSymbolAtLocation(source);
  if (module !== undefined) collectExports(module, "", { checker, found, depth: 0 });
  return found;
}

interface Walk {
  checker: ts.TypeChecker;
  found: Map<string, Offered>;
  depth: number;
}

function collectExports(module: ts.Symbol, prefix: string, walk: Walk): void {
  const { checker, found, depth } = walk;
  if (depth > MAX_DEPTH) return;
  for (const exported of checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const node = symbol.declarations?.[0];
    if (node === undefined || found.size > MAX_OFFERED) continue;
    const path = `${prefix}${exported.name}`;
    const kind = kindOf(symbol);
    add(walk, {
      path,
      kind,
      symbol,
      node,
      type: typeOf(symbol, node, checker),
      implementable: false,
    });
    if (kind === "namespace") collectExports(symbol, `${path}.`, { ...walk, depth: depth + 1 });
    else collectMembers(symbol, path, walk);
  }
}

function collectMembers(symbol: ts.Symbol, path: string, walk: Walk): void {
  const { checker } = walk;
  if ((symbol.flags & ts.SymbolFlags.Enum) !== 0)
    for (const member of symbol.exports?.values() ?? [])
      addMember(walk, `${path}.${member.name}`, { member });
  const isType = (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0;
  if (isType) {
    const declared = checker.getDeclaredTypeOfSymbol(symbol);
    const implementable = (symbol.flags & ts.SymbolFlags.Interface) !== 0;
    for (const member of declared.getProperties())
      addMember(walk, `${path}.${member.name}`, { member, implementable });
  }
  if ((symbol.flags & ts.SymbolFlags.Class) === 0 || symbol.valueDeclaration === undefined) return;
  for (const member of checker
    .getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration)
    .getProperties())
    if (member.name !== "prototype") addMember(walk, `${path}#static ${member.name}`, { member });
}

function addMember(
  walk: Walk,
  path: string,
  { member, implementable = false }: { member: ts.Symbol; implementable?: boolean },
): void {
  const node = member.declarations?.[0];
  if (node === undefined || walk.found.size > MAX_OFFERED || isHidden(node)) return;
  const type = walk.checker.getTypeOfSymbolAtLocation(member, node);
  add(walk, { path, kind: "member", symbol: member, node, type, implementable });
}

function isHidden(node: ts.Declaration): boolean {
  const name = ts.getNameOfDeclaration(node);
  const isPrivate = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
  return isPrivate || (name !== undefined && ts.isPrivateIdentifier(name));
}

function add(walk: Walk, one: Omit<Offered, "text" | "optional">): void {
  walk.found.set(one.path, {
    ...one,
    optional: (one.symbol.flags & ts.SymbolFlags.Optional) !== 0,
    text: textOf(one, walk.checker),
  });
}

/** For classes and interfaces the heading alone: their members are told one by one. */
function textOf(
  { kind, node, type }: Omit<Offered, "text" | "optional">,
  checker: ts.TypeChecker,
): string {
  if (kind === "class" || kind === "interface" || kind === "namespace" || kind === "enum") {
    const parameters =
      "typeParameters" in node && Array.isArray(node.typeParameters)
        ? node.typeParameters.map((one: ts.Node) => one.getText()).join(", ")
        : "";
    const built = kind === "class" ? constructorsOf(node, checker) : "";
    return `${kind}<${parameters}>${built}`;
  }
  if (kind === "type" && ts.isTypeAliasDeclaration(node)) {
    const parameters = node.typeParameters?.map((one) => one.getText()).join(", ") ?? "";
    return `<${parameters}>${oneLine(node.type.getText())}`;
  }
  return oneLine(checker.typeToString(type, undefined, FORMAT));
}

function constructorsOf(node: ts.Declaration, checker: ts.TypeChecker): string {
  const symbol =
    "symbol" in node
      ? checker.getSymbolAtLocation(ts.getNameOfDeclaration(node) ?? node)
      : undefined;
  if (symbol === undefined) return "";
  return checker
    .getTypeOfSymbolAtLocation(symbol, node)
    .getConstructSignatures()
    .map((one) => checker.signatureToString(one, undefined, FORMAT))
    .join("; ");
}

export function oneLine(text: string): string {
  return text
    .replaceAll(/\/\*[^*]*\*\//g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/;? \}/g, " }");
}

function kindOf({ flags }: ts.Symbol): Kind {
  if ((flags & ts.SymbolFlags.Class) !== 0) return "class";
  if ((flags & ts.SymbolFlags.Function) !== 0) return "function";
  if ((flags & ts.SymbolFlags.Enum) !== 0) return "enum";
  if ((flags & ts.SymbolFlags.Variable) !== 0) return "value";
  if ((flags & ts.SymbolFlags.Interface) !== 0) return "interface";
  if ((flags & ts.SymbolFlags.TypeAlias) !== 0) return "type";
  return (flags & ts.SymbolFlags.Namespace) !== 0 ? "namespace" : "value";
}

function typeOf(symbol: ts.Symbol, node: ts.Declaration, checker: ts.TypeChecker): ts.Type {
  return (symbol.flags & ts.SymbolFlags.Value) !== 0
    ? checker.getTypeOfSymbolAtLocation(symbol, node)
    : checker.getDeclaredTypeOfSymbol(symbol);
}
