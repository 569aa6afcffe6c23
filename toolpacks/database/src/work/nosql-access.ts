/** Indexes for MongoDB and keys for a DynamoDB single table, from how documents are read. */
import type { Shape } from "./nosql-shape.ts";

export interface AccessPattern {
  name: string;
  equals?: string[];
  range?: string[];
  sort?: string[];
  perSecond?: number;
}
export interface MongoIndex {
  keys: Record<string, 1 | -1>;
  command: string;
  serves: string[];
  notes: string[];
}
export interface DynamoPlan {
  partitionKey: { name: string; value: string };
  sortKey: { name: string; value: string };
  indexes: { name: string; partitionKey: string; sortKey: string; serves: string[] }[];
  notes: string[];
}

/** Equality, then sort, then range: the order in which a compound index serves all three. */
export function adviseMongo(
  shape: Shape,
  patterns: readonly AccessPattern[],
  collection: string,
): MongoIndex[] {
  const made: MongoIndex[] = [];
  for (const pattern of patterns) {
    const equals = [...(pattern.equals ?? [])].toSorted(
      (a, b) => distinct(shape, b) - distinct(shape, a),
    );
    const keys: Record<string, 1 | -1> = {};
    for (const name of equals) keys[name] = 1;
    for (const name of pattern.sort ?? [])
      keys[name.replace(/^-/, "")] = name.startsWith("-") ? -1 : 1;
    for (const name of pattern.range ?? []) keys[name] ??= 1;
    if (Object.keys(keys).length === 0) continue;
    const notes = notesOf(shape, keys);
    made.push({
      keys,
      command: `db.getCollection(${JSON.stringify(collection)}).createIndex(${JSON.stringify(keys)})`,
      serves: [pattern.name],
      notes,
    });
  }
  return mergePrefixes(made);
}

/** An index that is the beginning of another one is served by it. */
function mergePrefixes(indexes: readonly MongoIndex[]): MongoIndex[] {
  const kept: MongoIndex[] = [];
  for (const index of indexes.toSorted(
    (a, b) => Object.keys(b.keys).length - Object.keys(a.keys).length,
  )) {
    const text = Object.entries(index.keys).join(";");
    const wider = kept.find(({ keys }) =>
      `${Object.entries(keys).join(";")};`.startsWith(`${text};`),
    );
    if (wider === undefined) kept.push({ ...index, serves: [...index.serves] });
    else wider.serves.push(...index.serves);
  }
  return kept;
}

function notesOf(shape: Shape, keys: Readonly<Record<string, 1 | -1>>): string[] {
  const fields = Object.keys(keys).map((path) => ({ path, field: at(shape, path) }));
  const unknown = fields
    .filter(({ field }) => field === undefined)
    .map(({ path }) => `No document has ${path}.`);
  const arrays = fields.filter(({ field }) => field?.types.has("array") === true);
  const multi =
    arrays.length > 1
      ? [`MongoDB cannot index two arrays together (${arrays.map(({ path }) => path).join(", ")}).`]
      : [];
  const [first] = fields;
  const few =
    first?.field !== undefined && first.field.values.size <= 2 && fields.length === 1
      ? [`${first.path} has few values: this index alone selects little.`]
      : [];
  return [...unknown, ...multi, ...few];
}

function at(shape: Shape, path: string): Shape | undefined {
  let here: Shape | undefined = shape;
  for (const name of path.split("."))
    here = here?.fields.get(name) ?? here?.items?.fields.get(name);
  return here;
}

function distinct(shape: Shape, path: string): number {
  return at(shape, path)?.values.size ?? 0;
}

/** More global secondary indexes are possible only by asking for a higher quota. */
const MAX_GSI = 20;

/** `CUSTOMER#{customer}#DAY#{day}`: the value of a key attribute, with fields to fill in. */
const key = (names: readonly string[]): string =>
  names.map((name) => `${name.toUpperCase()}#{${name}}`).join("#");

export function adviseDynamo(
  documents: readonly Record<string, unknown>[],
  patterns: readonly AccessPattern[],
): DynamoPlan {
  const notes: string[] = [];
  const [main, ...others] = patterns.toSorted((a, b) => (b.perSecond ?? 0) - (a.perSecond ?? 0));
  const idField =
    ["id", "_id", "pk", "key"].find((name) => documents.some((one) => one[name] !== undefined)) ??
    "id";
  const sortOf = (pattern: AccessPattern): string =>
    key([...(pattern.sort ?? []), ...(pattern.range ?? [])].map((name) => name.replace(/^-/, "")));
  const partition =
    main?.equals?.length === undefined || main.equals.length === 0 ? [idField] : main.equals;
  const sort = main === undefined ? "" : sortOf(main);
  const indexes: DynamoPlan["indexes"] = [];
  for (const pattern of others) {
    const equals = pattern.equals ?? [];
    if (equals.length === 0) {
      notes.push(
        `"${pattern.name}" has no equality: it is a scan. Give it a bucket to ask for, such as a day.`,
      );
      continue;
    }
    const [wantedPk, wantedSk] = [key(equals), sortOf(pattern) || key([idField])];
    const same = indexes.find(
      ({ partitionKey, sortKey }) => partitionKey === wantedPk && sortKey === wantedSk,
    );
    if (same === undefined)
      indexes.push({
        name: `GSI${indexes.length + 1}`,
        partitionKey: wantedPk,
        sortKey: wantedSk,
        serves: [pattern.name],
      });
    else same.serves.push(pattern.name);
  }
  if (indexes.length > MAX_GSI)
    notes.push(
      `${indexes.length} indexes exceed the default quota of ${MAX_GSI}: let patterns share keys.`,
    );
  for (const name of partition) {
    const values = new Set(documents.map((one) => JSON.stringify(one[name])));
    if (documents.length >= 20 && values.size <= 5)
      notes.push(
        `${name} has only ${values.size} values: one partition takes at most 1,000 writes a second. Add a more varied part to the key.`,
      );
  }
  const largest = Math.max(0, ...documents.map((one) => JSON.stringify(one).length));
  if (largest > 400_000)
    notes.push(
      `The largest document has ${largest} bytes; an item may have 400 KB. Keep large parts elsewhere.`,
    );
  return {
    partitionKey: { name: "PK", value: key(partition) },
    sortKey: { name: "SK", value: sort === "" ? key([idField]) : `${sort}#${key([idField])}` },
    indexes,
    notes,
  };
}
