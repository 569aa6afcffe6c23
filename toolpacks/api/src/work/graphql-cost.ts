/** Depth and cost of operations. Fragments are measured once each, so that nested spreads cannot multiply the work. */
import {
  Kind,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isInterfaceType,
  typeFromAST,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";

export interface Measure {
  depth: number;
  /** Objects that the server may have to load, with lists at their asked or assumed length. */
  cost: number;
  fields: number;
  aliases: number;
  /** The way to the deepest field. */
  deepest: string[];
}
export interface CostOptions {
  /** Assumed length of a list that names none. */
  listSize: number;
  variables: Record<string, unknown>;
}
interface Walk {
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  measured: Map<string, Measure>;
  options: CostOptions;
}

const SIZE_ARGUMENTS = new Set([
  "first",
  "last",
  "limit",
  "take",
  "pageSize",
  "perPage",
  "top",
  "count",
  "size",
]);
const MOST = 1e15;

export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  what: { operation: OperationDefinitionNode; options: CostOptions },
): Measure {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const walk: Walk = { schema, fragments, measured: new Map(), options: what.options };
  const root = schema.getRootType(what.operation.operation);
  return selection(walk, what.operation.selectionSet, {
    parent: root ?? undefined,
    open: new Set(),
  });
}

interface At {
  parent: GraphQLNamedType | undefined;
  /** Fragments that we are inside of. */
  open: ReadonlySet<string>;
  /** The size that a connection was asked for; its edges and nodes have as many elements. */
  size?: number | undefined;
}

function selection(walk: Walk, set: SelectionSetNode, at: At): Measure {
  const total: Measure = { depth: 0, cost: 0, fields: 0, aliases: 0, deepest: [] };
  for (const one of set.selections) {
    if (one.kind === Kind.FIELD) add(total, field(walk, one, at));
    else if (one.kind === Kind.INLINE_FRAGMENT) {
      const type =
        one.typeCondition === undefined ? at.parent : typeFromAST(walk.schema, one.typeCondition);
      add(total, selection(walk, one.selectionSet, { ...at, parent: type }));
    } else add(total, fragment(walk, one.name.value, at));
  }
  return total;
}

function fragment(walk: Walk, name: string, at: At): Measure {
  const key = `${name} ${at.size ?? ""}`;
  const known = walk.measured.get(key);
  if (known !== undefined) return known;
  const found = walk.fragments.get(name);
  const empty = { depth: 0, cost: 0, fields: 0, aliases: 0, deepest: [] };
  // Circles are told by validation.
  if (found === undefined || at.open.has(name)) return empty;
  const type = typeFromAST(walk.schema, found.typeCondition);
  const result = selection(walk, found.selectionSet, {
    ...at,
    parent: type,
    open: new Set([...at.open, name]),
  });
  walk.measured.set(key, result);
  return result;
}

function add(total: Measure, one: Measure): void {
  total.cost = Math.min(MOST, total.cost + one.cost);
  total.fields = Math.min(MOST, total.fields + one.fields);
  total.aliases += one.aliases;
  if (one.depth > total.depth) {
    total.depth = one.depth;
    total.deepest = one.deepest;
  }
}

function field(walk: Walk, node: FieldNode, at: At): Measure {
  const name = node.name.value;
  const parent = at.parent;
  const definition =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  const type = definition === undefined ? undefined : getNamedType(definition.type);
  const asked = sizeOf(walk, node);
  const list = definition !== undefined && isList(definition.type);
  const size = list ? (asked ?? at.size ?? walk.options.listSize) : 1;
  // A connection hands its size down to its edges or nodes, which then must not ask again.
  const down = list
    ? undefined
    : (asked ?? (type?.name.endsWith("Connection") === true ? walk.options.listSize : undefined));
  const inner =
    node.selectionSet === undefined
      ? undefined
      : selection(walk, node.selectionSet, { parent: type, open: at.open, size: down });
  const own = type !== undefined && isCompositeType(type) ? 1 : 0;
  return {
    depth: 1 + (inner?.depth ?? 0),
    cost: Math.min(MOST, size * (own + (inner?.cost ?? 0))),
    fields: 1 + (inner?.fields ?? 0),
    aliases: (node.alias === undefined ? 0 : 1) + (inner?.aliases ?? 0),
    deepest: [name, ...(inner?.deepest ?? [])],
  };
}

function isList(type: unknown): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function sizeOf({ options }: Walk, node: FieldNode): number | undefined {
  for (const { name, value } of node.arguments ?? []) {
    if (!SIZE_ARGUMENTS.has(name.value)) continue;
    if (value.kind === Kind.INT) return Math.max(0, Number(value.value));
    if (value.kind !== Kind.VARIABLE) continue;
    const given = options.variables[value.name.value];
    if (typeof given === "number") return Math.max(0, given);
  }
  return undefined;
}
