/** Which Python a module needs: by its syntax, and by what it takes from the library. */
import { importsOf } from "./imports.ts";
import type { Import } from "./imports.ts";
import { moduleLife, nameLife } from "./stdlib.ts";
import { dottedName, placeOf, textOf } from "./syntax.ts";
import type { Source } from "./syntax.ts";

export interface Feature {
  /** `match` statement, `tomllib`, `functools.cache`. */
  what: string;
  kind: "syntax" | "module" | "name" | "method";
  /** Minor versions of Python 3: the first with it, and the first without it again (0: none). */
  since: number;
  gone: number;
  file: string;
  line: number;
  column: number;
  /** Its absence is caught, or asked for before: older versions still run. */
  guarded: boolean;
}

/** Methods of built-in types whose names nothing else is likely to have. */
const METHODS: Readonly<Record<string, number>> = {
  removeprefix: 9,
  removesuffix: 9,
  is_relative_to: 9,
  with_stem: 9,
  bit_count: 10,
  hardlink_to: 10,
  add_note: 11,
};

export function libraryFeatures(source: Source): Feature[] {
  const imports = importsOf(source);
  const guards = guardedSpans(source);
  const isGuarded = (offset: number): boolean =>
    guards.some(({ from, to }) => offset >= from && offset < to);
  const fromImports = imports
    .filter(({ level }) => level === 0)
    .flatMap((one) => importFeatures(source, one, isGuarded));
  return [...fromImports, ...usedNames(source, imports, isGuarded)];
}

function importFeatures(
  source: Source,
  one: Import,
  isGuarded: (offset: number) => boolean,
): Feature[] {
  const { module, name, line, column } = one;
  const offset = (source.starts[line - 1] ?? 0) + column - 1;
  const at = {
    file: source.file,
    line,
    column,
    guarded: one.optional || one.typeOnly || isGuarded(offset),
  };
  const whole = name === undefined ? undefined : `${module}.${name}`;
  const life = whole === undefined ? undefined : (nameLife(whole) ?? submodule(whole));
  if (life !== undefined) return changed({ what: whole ?? module, kind: "name", ...life, ...at });
  const own = moduleLife(module);
  return own === undefined ? [] : changed({ what: module, kind: "module", ...own, ...at });
}

/** `from importlib import metadata`. */
function submodule(name: string) {
  const life = moduleLife(name);
  const parent = moduleLife(name.slice(0, name.lastIndexOf(".")));
  return life !== undefined && parent !== undefined && life.since > parent.since ? life : undefined;
}

function changed(feature: Feature): Feature[] {
  return feature.since > 0 || feature.gone > 0 ? [feature] : [];
}

/** `functools.cache` after `import functools`, by whatever name; and names that were always there: `aiter`. */
function usedNames(
  source: Source,
  imports: readonly Import[],
  isGuarded: (offset: number) => boolean,
): Feature[] {
  const modules = aliasesOf(source, imports);
  const own = assignedNames(source);
  const found = new Map<string, Feature>();
  source.tree.iterate({
    enter: ({ name, node, from }) => {
      if (name === "ImportStatement") return false;
      if (name !== "MemberExpression" && name !== "VariableName") return true;
      const words = dottedName(source, node);
      const what = words === undefined ? undefined : fullName(words, modules, own);
      const life = what === undefined ? undefined : nameLife(what);
      const method = name === "MemberExpression" ? methodOf(source, node.lastChild) : undefined;
      const at = { file: source.file, ...placeOf(source, from), guarded: isGuarded(from) };
      if (what !== undefined && life !== undefined) {
        const short = what.replace(/^builtins\./, "");
        if (!found.has(short)) found.set(short, { what: short, kind: "name", ...life, ...at });
      } else if (method !== undefined && !found.has(method.what)) {
        found.set(method.what, { kind: "method", gone: 0, ...method, ...at });
      }
      return true;
    },
  });
  return [...found.values()];
}

function methodOf(
  source: Source,
  node: { name: string; from: number; to: number } | null,
): { what: string; since: number } | undefined {
  if (node?.name !== "PropertyName") return undefined;
  const word = textOf(source, node);
  const since = Object.hasOwn(METHODS, word) ? METHODS[word] : undefined;
  return since === undefined ? undefined : { what: `.${word}()`, since };
}

/** What `import a.b as c` and `import a` call modules of the library. */
function aliasesOf(source: Source, imports: readonly Import[]): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const { module, name, level } of imports) {
    if (level > 0 || moduleLife(module) === undefined) continue;
    const whole = name === undefined ? module : `${module}.${name}`;
    if (name === undefined)
      aliases.set(module.split(".")[0] ?? module, module.split(".")[0] ?? module);
    else if (moduleLife(whole) !== undefined) aliases.set(name, whole);
  }
  for (const [, module = "", alias = ""] of source.text.matchAll(
    /^\s{0,40}import\s{1,4}([\w.]{1,100})\s{1,4}as\s{1,4}(\w{1,100})/gm,
  )) {
    if (moduleLife(module) !== undefined) aliases.set(alias, module);
  }
  return aliases;
}

function fullName(
  words: string,
  modules: ReadonlyMap<string, string>,
  own: ReadonlySet<string>,
): string | undefined {
  const [first = "", ...rest] = words.split(".");
  if (rest.length === 0) return own.has(first) ? undefined : `builtins.${first}`;
  const module = modules.get(first);
  return module === undefined ? undefined : [module, ...rest].join(".");
}

/** Names that the module gives itself: they are not Python's own. */
function assignedNames(source: Source): Set<string> {
  const names = new Set<string>();
  source.tree.iterate({
    enter: ({ name, node }) => {
      if (name !== "VariableName") return;
      const parent = node.parent?.name ?? "";
      const next = node.nextSibling?.name ?? "";
      const isDefined =
        /^(?:FunctionDefinition|ClassDefinition|ParamList|ImportStatement|ForStatement)$/.test(
          parent,
        );
      if (isDefined || (parent === "AssignStatement" && /^(?:AssignOp|TypeDef|,)$/.test(next))) {
        names.add(textOf(source, node));
      }
    },
  });
  return names;
}

/** Bodies of `if sys.version_info …` and of `try` that catches what a missing name throws. */
function guardedSpans(source: Source): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  source.tree.iterate({
    enter: ({ name, node, from, to }) => {
      if (name !== "IfStatement" && name !== "TryStatement") return;
      const [body] = node.getChildren("Body");
      const head = source.text.slice(from, body?.from ?? to);
      const handlers = source.text.slice(body?.to ?? to, to);
      const asks = name === "IfStatement" && /\bversion_info\b|\bhasattr\b/.test(head);
      const catches =
        name === "TryStatement" &&
        /^\s*except[^:]{0,80}\b(?:ImportError|ModuleNotFoundError|AttributeError|NameError)\b/m.test(
          handlers,
        );
      if (asks || catches) spans.push({ from, to });
    },
  });
  return spans;
}
