/** What each consumer gets from each entry point of a package. */
import { parseSync } from "oxc-parser";
import { isTooDeep } from "flotilla/worker/review";
import { exports as packageExports, legacy } from "resolve.exports";
import { fieldsOf, own, textOf } from "../json.ts";
import type { Fields } from "../json.ts";

import { joined } from "../bundle/resolve.ts";
import { CONSUMERS } from "./consumers.ts";
import type { Consumer } from "./consumers.ts";

export type Format = "esm" | "cjs" | "json" | "wasm" | "addon" | "other";
/**
 * ok: it works. not-exported: the consumer is refused. missing: it leads to no file. mismatch: the file is of the other
 * module system than its name says, and fails or is guessed. esm-by-require: needs Node 22.12 or later.
 */
export type Status = "ok" | "not-exported" | "missing" | "mismatch" | "esm-by-require";

export interface Seen {
  consumer: string;
  status: Status;
  file?: string;
  format?: Format;
}
export interface Entry {
  entry: string;
  pattern: boolean;
  consumers: Seen[];
}

export interface Package {
  manifest: Fields;
  files: Readonly<Record<string, string>>;
}

const MAX_ENTRIES = 200;

export function entriesOf(pack: Package): Entry[] {
  const cache = new Map<string, Format>();
  return entryNames(pack)
    .slice(0, MAX_ENTRIES)
    .map((entry) => ({
      entry,
      pattern: entry.includes("*"),
      consumers: entry.includes("*")
        ? []
        : CONSUMERS.map((consumer) => seenBy(consumer, entry, { pack, cache })),
    }));
}

/** Keys of `exports`; where there are none, the package itself. A pattern stands for as many as its files. */
function entryNames({ manifest, files }: Package): string[] {
  const table = own(manifest, "exports");
  const keys = Object.keys(fieldsOf(table)).filter((key) => key.startsWith("."));
  if (table === undefined || keys.length === 0) return ["."];
  return keys.flatMap((key) => {
    if (!key.includes("*"))
      return isTarget(fieldsOf(table)[key]) && !key.endsWith("/") ? [key] : [];
    const target = firstText(fieldsOf(table)[key]);
    const [before = "", after = ""] = (target ?? "").replace(/^\.\//, "").split("*");
    const found =
      target === undefined
        ? []
        : Object.keys(files).filter(
            (file) =>
              file.startsWith(before) &&
              file.endsWith(after) &&
              file.length >= before.length + after.length,
          );
    return [
      key,
      ...found
        .slice(0, 20)
        .map((file) =>
          key.replace("*", () => file.slice(before.length, file.length - after.length)),
        ),
    ];
  });
}

const isTarget = (value: unknown): boolean => value !== null && value !== undefined;

/** The first path a target names, whatever the conditions. */
function firstText(target: unknown): string | undefined {
  const open = [target];
  for (let step = 0; open.length > 0 && step < 1_000; step += 1) {
    const next = open.shift();
    if (typeof next === "string") return next;
    if (typeof next === "object" && next !== null) open.unshift(...Object.values(next));
  }
  return undefined;
}

interface Around {
  pack: Package;
  cache: Map<string, Format>;
}

function seenBy(consumer: Consumer, entry: string, { pack, cache }: Around): Seen {
  const { id } = consumer;
  const target = targetOf(consumer, entry, pack);
  if (target === undefined) return { consumer: id, status: "not-exported" };
  const file = located(target, consumer, pack);
  if (file === undefined) return { consumer: id, status: "missing", file: target };
  const named = namedFormat(file, pack);
  const format = cache.get(file) ?? realFormat(file, named, pack);
  cache.set(file, format);
  return { consumer: id, status: statusOf(consumer, { named, format, file }), file, format };
}

function targetOf(
  { conditions, kind, fields }: Consumer,
  entry: string,
  { manifest }: Package,
): string | undefined {
  if (own(manifest, "exports") === undefined) {
    if (entry !== ".") return entry.replace(/^\.\//, "");
    const text = legacy(manifest, {
      fields: fields.filter((field) => typeof own(manifest, field) === "string"),
    });
    return (textOf(text) ?? "index.js").replace(/^\.\//, "");
  }
  try {
    const found = packageExports(manifest, entry, {
      unsafe: true,
      conditions: [...conditions],
      require: kind === "require",
    });
    return found?.[0]?.replace(/^\.\//, "");
  } catch {
    return undefined;
  }
}

const GUESSES = ["", ".js", ".json", ".node", "/index.js", "/index.json"];

function located(
  target: string,
  { guesses, kind }: Consumer,
  { manifest, files }: Package,
): string | undefined {
  const path = joined("", target);
  const exact = own(manifest, "exports") !== undefined;
  // Node guesses for `main` of CommonJS packages, also when it is imported; never for exports.
  const tries = exact ? [""] : guesses || kind === "import" ? GUESSES : [""];
  return tries.map((ending) => `${path}${ending}`).find((one) => Object.hasOwn(files, one));
}

function namedFormat(file: string, pack: Package): Format | "unnamed" {
  if (/\.m[jt]s$/.test(file)) return "esm";
  if (/\.c[jt]s$/.test(file)) return "cjs";
  if (file.endsWith(".json")) return "json";
  if (file.endsWith(".wasm")) return "wasm";
  if (file.endsWith(".node")) return "addon";
  if (!/\.[jt]sx?$/.test(file)) return "other";
  const type = nearestType(file, pack);
  return type === "module" ? "esm" : type === "commonjs" ? "cjs" : "unnamed";
}

function nearestType(file: string, { manifest, files }: Package): string | undefined {
  const parts = file.split("/").slice(0, -1);
  for (; parts.length > 0; parts.pop()) {
    const path = `${parts.join("/")}/package.json`;
    if (Object.hasOwn(files, path)) return typeIn(files[path] ?? "");
  }
  return textOf(own(manifest, "type"));
}

function typeIn(text: string): string | undefined {
  try {
    return textOf(own(fieldsOf(JSON.parse(text)), "type"));
  } catch {
    return undefined;
  }
}

/** What the file's own words say; where they say nothing, what its name says. */
function realFormat(file: string, named: Format | "unnamed", { files }: Package): Format {
  if (named !== "esm" && named !== "cjs" && named !== "unnamed") return named;
  const text = files[file] ?? "";
  if (text.length > 8_000_000 || isTooDeep(text)) return named === "unnamed" ? "cjs" : named;
  const { module } = parseSync(file, text);
  if (module.hasModuleSyntax) return "esm";
  const common =
    /\b(module\.exports|exports\.\w+\s*=|Object\.defineProperty\(exports|require\()/.test(text);
  return common || named === "unnamed" ? "cjs" : named;
}

function statusOf(
  { kind, lenient }: Consumer,
  { named, format, file }: { named: Format | "unnamed"; format: Format; file: string },
): Status {
  if (lenient) return "ok";
  // Node 20.19 and 22.7 read modules of an unnamed kind by their syntax; older ones fail.
  if (named !== "unnamed" && named !== format) return "mismatch";
  if (named === "unnamed" && format === "esm") return "mismatch";
  return kind === "require" && format === "esm" && !file.endsWith(".json")
    ? "esm-by-require"
    : "ok";
}
