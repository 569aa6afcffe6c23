/**
 * `node scripts/stdlib.ts STDLIB …`: writes since and until which Python 3 the modules and names of its library exist.
 * Each STDLIB is the folder `stdlib` of a typeshed, oldest first; typeshed forgets versions that nobody supports any
 * more, so older copies (of an older pyright) tell about older versions. Where two speak of a name, the older one wins.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childrenOf, parsePython, textOf } from "../src/work/syntax.ts";
import type { Source, SyntaxNode } from "../src/work/syntax.ts";

/** Minor versions: since (0: always), and the first one without it (0: still there). */
type Span = [since: number, gone: number];
type Names = Map<string, Span>;

const modules: Record<string, Span> = {};
const names: Record<string, Span> = {};
const vague = new Set<string>();
for (const folder of process.argv.slice(2)) readStdlib(folder);
// What the stubs cannot say, from the library's own documentation: names that come by way of private modules.
Object.assign(names, {
  "sqlite3.version": [0, 14],
  "typing.Protocol": [8, 0],
  "typing.runtime_checkable": [8, 0],
  "collections.abc.Buffer": [12, 0],
  "os.path.splitroot": [12, 0],
  "ast.Num": [0, 14],
  "ast.Str": [0, 14],
  "ast.Bytes": [0, 14],
  "ast.NameConstant": [0, 14],
  "ast.Ellipsis": [0, 14],
});
const ABCS =
  "Awaitable Coroutine AsyncIterable AsyncIterator AsyncGenerator Hashable Iterable Iterator Generator Reversible Sized Container Callable Collection Set MutableSet Mapping MutableMapping MappingView KeysView ItemsView ValuesView Sequence MutableSequence ByteString";
for (const name of ABCS.split(" ")) {
  names[`collections.${name}`] = [0, 10];
  vague.delete(`collections.${name}`);
}
// Never meant to be taken from there.
vague.add("ssl.AF_INET");
const sorted = (of: Record<string, Span>) =>
  Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const told = Object.fromEntries(
  Object.entries(names).filter(
    ([name, [since, gone]]) => !vague.has(name) && (since > 0 || gone > 0),
  ),
);
const file = new URL("../src/data/stdlib.gen.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ modules: sorted(modules), names: sorted(told) })}\n`);

function readStdlib(folder: string): void {
  for (const line of readFileSync(join(folder, "VERSIONS"), "utf8").split("\n")) {
    const [, name, since, until] = /^([\w.]+): [23]\.(\d+)-(?:3\.(\d+))?/.exec(line) ?? [];
    if (name === undefined || (name.startsWith("_") && name !== "__future__")) continue;
    const known = modules[name];
    const first = line.includes(": 2.") ? 0 : Number(since);
    modules[name] = [
      known?.[0] ?? first,
      until === undefined ? (known?.[1] ?? 0) : Number(until) + 1,
    ];
  }
  for (const path of globSync("**/*.pyi", { cwd: folder })) {
    const module = moduleOf(path);
    if (module.startsWith("_")) continue;
    for (const [name, span] of namesOf(folder, path)) {
      const known = names[`${module}.${name}`];
      // A name that an older copy knows without condition is older than what a newer one says.
      names[`${module}.${name}`] = [
        known?.[0] ?? span[0],
        span[1] === 0 ? (known?.[1] ?? 0) : span[1],
      ];
    }
  }
}

function moduleOf(path: string): string {
  return path.replace(/(?:\/__init__)?\.pyi$/, "").replaceAll("/", ".");
}

function namesOf(folder: string, path: string): Names {
  const source = parsePython(path, readFileSync(join(folder, path), "utf8"));
  const found: Names = new Map();
  readBody(source, source.tree.topNode, { found, folder, path, span: [0, 0] });
  return found;
}

interface Reading {
  found: Names;
  folder: string;
  path: string;
  span: Span;
}

function readBody(source: Source, body: SyntaxNode, reading: Reading): void {
  for (const node of childrenOf(body)) {
    if (node.name === "IfStatement") readIf(source, node, reading);
    else if (node.name === "ImportStatement") readImport(source, node, reading);
    else for (const name of definedBy(source, node)) add(reading, name);
  }
}

function definedBy(source: Source, node: SyntaxNode): string[] {
  const inner = node.name === "DecoratedStatement" ? (node.lastChild ?? node) : node;
  if (!/^(?:FunctionDefinition|ClassDefinition|AssignStatement|TypeDefinition)$/.test(inner.name))
    return [];
  const name = inner.getChild("VariableName");
  return name === null ? [] : [textOf(source, name)];
}

/** Two branches that both define a name: it is there in both times. */
function add({ found, span }: Reading, name: string): void {
  if (name.startsWith("_")) return;
  const known = found.get(name);
  if (known === undefined) found.set(name, [...span]);
  else
    found.set(name, [
      Math.min(known[0], span[0]),
      known[1] === 0 || span[1] === 0 ? 0 : Math.max(known[1], span[1]),
    ]);
}

function readIf(source: Source, node: SyntaxNode, reading: Reading): void {
  let span: Span = reading.span;
  let condition = "";
  for (const child of childrenOf(node)) {
    if (child.name === "Body") readBody(source, child, { ...reading, span });
    else if (child.name === "else") span = narrowed(reading.span, inverse(condition));
    else if (!/^(?:if|elif)$/.test(child.name)) {
      condition = textOf(source, child);
      span = narrowed(reading.span, boundOf(condition));
    }
  }
}

type Bound = { since?: number; gone?: number };

function boundOf(condition: string): Bound {
  const [, sign, minor] = /^sys\.version_info (>=|<) \(3, (\d+)\)/.exec(condition) ?? [];
  if (minor === undefined) return {};
  return sign === ">=" ? { since: Number(minor) } : { gone: Number(minor) };
}

function inverse(condition: string): Bound {
  const { since, gone } = boundOf(condition);
  if (condition.includes(" and ") || condition.includes(" or ")) return {};
  return {
    ...(since === undefined ? {} : { gone: since }),
    ...(gone === undefined ? {} : { since: gone }),
  };
}

function narrowed([since, gone]: Span, bound: Bound): Span {
  return [Math.max(since, bound.since ?? 0), bound.gone ?? gone];
}

/** `from .tasks import *` brings the names of another stub; `from x import y as y` one. */
function readImport(source: Source, node: SyntaxNode, reading: Reading): void {
  const words = textOf(source, node).replace(/\s+/g, " ");
  const [, dot, star] = /^from (\.?)([\w.]+) import \*$/.exec(words) ?? [];
  if (star !== undefined) {
    const base = dot === "." ? join(reading.path, "..") : "";
    readStar(reading, join(base, star.replaceAll(".", "/")));
    return;
  }
  const [, listed = ""] = /^from [\w.]+ import \(?(.*?),? ?\)?$/.exec(words) ?? [];
  const gives = /^(?:asyncio|typing|unittest|concurrent)/.test(reading.path);
  for (const one of listed.split(", ")) {
    const [, name = "", alias] = /^(\w+)(?: as (\w+))?$/.exec(one.trim()) ?? [];
    // Stubs of these packages list what they give on in __all__; a plain import there counts as well.
    if (name === alias || (alias === undefined && gives)) add(reading, name);
    // What else is imported exists by another way: its branches say nothing about versions.
    else if (name !== "") vague.add(`${moduleOf(reading.path)}.${alias ?? name}`);
  }
}

function readStar(reading: Reading, stem: string): void {
  const path = [`${stem}.pyi`, `${stem}/__init__.pyi`].find((one) =>
    existsSync(join(reading.folder, one)),
  );
  if (path === undefined) return;
  for (const [name, [since, gone]] of namesOf(reading.folder, path)) {
    add(
      { ...reading, span: narrowed(reading.span, { since, ...(gone > 0 ? { gone } : {}) }) },
      name,
    );
  }
}
