/** From a type to values that tests try, and to fast-check arbitraries; both as code. */
import ts from "typescript";
import { unknownInside } from "../types/origins.ts";

const MAX_DEPTH = 4;
const MAX_PROPERTIES = 20;
const MAX_UNION = 12;

/** Code of values of the type, the plainest first; empty when none can be told. */
export function samplesOf(type: ts.Type, checker: ts.TypeChecker, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  const literal = literalOf(type, checker);
  if (literal !== undefined) return [literal];
  const plain = plainSamples(type);
  if (plain !== undefined) return plain;
  if (type.isUnion())
    return [
      ...new Set(
        type.types.slice(0, MAX_UNION).flatMap((one) => samplesOf(one, checker, depth + 1)),
      ),
    ].toSorted((a, b) => Number(isEmpty(a)) - Number(isEmpty(b)));
  if (checker.isArrayType(type)) {
    const [first] = samplesOf(elementOf(type, checker), checker, depth + 1);
    return first === undefined ? ["[]"] : [`[${first}]`, "[]"];
  }
  const built = BUILT[nameOf(type)];
  if (built !== undefined) return [built.sample];
  const fields = fieldsOf(type, checker);
  if (fields === undefined) return [];
  const parts = fields
    .filter(({ optional }) => !optional)
    .map(({ name, type: inner }) => ({ name, code: samplesOf(inner, checker, depth + 1)[0] }));
  if (parts.some(({ code }) => code === undefined)) return [];
  return [
    parts.length === 0
      ? "{}"
      : `{ ${parts.map(({ name, code }) => `${name}: ${code}`).join(", ")} }`,
  ];
}

/** Undefined when there is no arbitrary of this type. */
export function arbitraryOf(type: ts.Type, checker: ts.TypeChecker, depth = 0): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const literal = literalOf(type, checker);
  if (literal !== undefined)
    return `fc.constant(${literal}${literal === "undefined" || literal === "null" ? "" : " as const"})`;
  const { flags } = type;
  if ((flags & ts.TypeFlags.Number) !== 0) return "fc.double({ noNaN: true })";
  if ((flags & ts.TypeFlags.String) !== 0) return "fc.string()";
  if ((flags & ts.TypeFlags.BigInt) !== 0) return "fc.bigInt()";
  if ((flags & ts.TypeFlags.Boolean) !== 0) return "fc.boolean()";
  if ((flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return "fc.anything()";
  const inner = (one: ts.Type): string | undefined => arbitraryOf(one, checker, depth + 1);
  if (type.isUnion()) {
    const parts = type.types.slice(0, MAX_UNION).map(inner);
    return parts.includes(undefined) ? undefined : `fc.oneof(${parts.join(", ")})`;
  }
  if (checker.isArrayType(type)) {
    const element = inner(elementOf(type, checker));
    return element === undefined ? undefined : `fc.array(${element}, { maxLength: 10 })`;
  }
  const built = BUILT[nameOf(type)];
  if (built !== undefined) return built.arbitrary;
  return recordOf(type, checker, inner);
}

function recordOf(
  type: ts.Type,
  checker: ts.TypeChecker,
  inner: (one: ts.Type) => string | undefined,
): string | undefined {
  const fields = fieldsOf(type, checker);
  if (fields === undefined) return undefined;
  const parts = fields.map(({ name, type: one, optional }) => ({
    name,
    optional,
    code: inner(optional ? checker.getNonNullableType(one) : one),
  }));
  if (parts.some(({ code }) => code === undefined)) return undefined;
  const body = parts.map(({ name, code }) => `${name}: ${code}`).join(", ");
  const required = parts
    .filter(({ optional }) => !optional)
    .map(({ name }) => JSON.stringify(name));
  return required.length === parts.length
    ? `fc.record({ ${body} })`
    : `fc.record({ ${body} }, { requiredKeys: [${required.join(", ")}] })`;
}

const BUILT: Readonly<Record<string, { sample: string; arbitrary: string }>> = {
  Date: { sample: "new Date(0)", arbitrary: "fc.date({ noInvalidDate: true })" },
  RegExp: { sample: "/a/", arbitrary: "fc.constantFrom(/a/, /^$/)" },
  Uint8Array: { sample: "new Uint8Array([1])", arbitrary: "fc.uint8Array()" },
};

function plainSamples({ flags }: ts.Type): string[] | undefined {
  if ((flags & ts.TypeFlags.Number) !== 0) return ["1", "0", "-1"];
  if ((flags & ts.TypeFlags.String) !== 0) return ['"a"', '""'];
  if ((flags & ts.TypeFlags.BigInt) !== 0) return ["1n", "0n"];
  if ((flags & ts.TypeFlags.Boolean) !== 0) return ["true", "false"];
  return (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) === 0
    ? undefined
    : ['"a"', "undefined"];
}

function literalOf(type: ts.Type, checker: ts.TypeChecker): string | undefined {
  if ((type.flags & ts.TypeFlags.EnumLike) !== 0) return undefined;
  if (type.isStringLiteral()) return JSON.stringify(type.value);
  if (type.isNumberLiteral()) return String(type.value);
  if ((type.flags & ts.TypeFlags.BooleanLiteral) !== 0) return checker.typeToString(type);
  if ((type.flags & ts.TypeFlags.Null) !== 0) return "null";
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) === 0
    ? undefined
    : "undefined";
}

function isEmpty(code: string): boolean {
  return code === "undefined" || code === "null";
}

function elementOf(type: ts.Type, checker: ts.TypeChecker): ts.Type {
  return checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? type;
}

function nameOf(type: ts.Type): string {
  const name = type.symbol?.name ?? "";
  return Object.hasOwn(BUILT, name) ? name : "";
}

interface Field {
  name: string;
  type: ts.Type;
  optional: boolean;
}

/** Only of plain objects: a class or a function cannot be written down. */
function fieldsOf(type: ts.Type, checker: ts.TypeChecker): Field[] | undefined {
  const isPlain =
    (type.flags & ts.TypeFlags.Object) !== 0 &&
    !type.isClass() &&
    type.getCallSignatures().length + type.getConstructSignatures().length === 0 &&
    !checker.isTupleType(type);
  const properties = type.getProperties();
  if (!isPlain || properties.length > MAX_PROPERTIES) return undefined;
  const found = properties.flatMap((symbol) => {
    const node = symbol.valueDeclaration;
    if (node === undefined || node.getSourceFile().hasNoDefaultLib) return [];
    if (unknownInside(node, checker) !== undefined && !isAnyField(node)) return [];
    const name = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(symbol.name)
      ? symbol.name
      : JSON.stringify(symbol.name);
    const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
    return [{ name, type: checker.getTypeOfSymbolAtLocation(symbol, node), optional }];
  });
  return found.length === properties.length ? found : undefined;
}

/** Declared as any, which takes everything. */
function isAnyField(node: ts.Declaration): boolean {
  return "type" in node && hasAny(node.type);
}
function hasAny(type: unknown): boolean {
  return (
    typeof type === "object" &&
    type !== null &&
    "kind" in type &&
    type.kind === ts.SyntaxKind.AnyKeyword
  );
}
