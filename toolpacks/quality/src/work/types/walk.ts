/** Every identifier of a file and whether it has a type. */
import ts from "typescript";

export interface Counted {
  identifiers: number;
  untyped: ts.Identifier[];
}

/** An unknown import is `any` too: nothing about it is checked. */
export function isAny(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0;
}

/** A value that the place around it gives a type, such as an argument, is checked there. */
export function countIdentifiers(source: ts.SourceFile, checker: ts.TypeChecker): Counted {
  const counted: Counted = { identifiers: 0, untyped: [] };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isLabel(node)) {
      counted.identifiers += 1;
      if (isUntyped(node, checker)) counted.untyped.push(node);
    } else if (node.kind === ts.SyntaxKind.ThisKeyword || ts.isPrivateIdentifier(node))
      counted.identifiers += 1;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return counted;
}

function isUntyped(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  if (!isAny(checker.getTypeAtLocation(node))) return false;
  if (isLink(node)) return isUnknownLink(node, checker);
  const context = ts.isExpression(node) ? checker.getContextualType(node) : undefined;
  return context === undefined || isAny(context);
}

/** A name that stands for another one, and has no type of its own there. */
function isLink(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isBindingElement(parent) && parent.propertyName === node) ||
    (ts.isQualifiedName(parent) && parent.left === node) ||
    ts.isTypePredicateNode(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isNamespaceExport(parent)
  );
}

/** A type has no value, so its name there says `any` though it is known. */
function isUnknownLink(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol === undefined) return false;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target.declarations === undefined) return true;
  return (target.flags & ts.SymbolFlags.Value) !== 0 && isAny(checker.getTypeOfSymbol(target));
}

/** `break outer`, and words of other languages: not a name of a value or type. */
function isLabel({ parent }: ts.Identifier): boolean {
  return (
    ts.isLabeledStatement(parent) ||
    ts.isBreakOrContinueStatement(parent) ||
    ts.isImportAttribute(parent) ||
    ts.isNamedTupleMember(parent) ||
    (ts.isTypeReferenceNode(parent) && ts.isConstTypeReference(parent)) ||
    ts.isMetaProperty(parent)
  );
}
