/** Bundles with esbuild, from texts or from the workspace; nothing is written, and nothing outside is read. */
import { isBuiltin } from "node:module";
import { relative } from "node:path";
import { build as esbuild, stop } from "esbuild";
import type {
  BuildOptions,
  BuildResult,
  Message,
  OnResolveArgs,
  OnResolveResult,
  Plugin,
} from "esbuild";
import { InputProblem } from "flotilla/worker/review";
import { resolveInWorkspace } from "flotilla/worker/sources";
import { createResolver, joined } from "./resolve.ts";
import type { Files } from "./resolve.ts";

export interface BundleOptions {
  entries: string[];
  platform: "browser" | "node" | "neutral";
  format: "esm" | "cjs" | "iife";
  minify: boolean;
  target?: string;
  external: string[];
  conditions: string[];
}
export type Source = { files: Files } | { folder: string };

export interface Built {
  result: BuildResult<{ metafile: true; write: false; sourcemap: "external" }>;
  /** Bare names that stayed outside because they are not there, and who asked. */
  missing: { name: string; from: string }[];
  warnings: Message[];
}

/** The namespace of texts; a part of every name that esbuild gives back. */
const TEXTS = "text";
const BUDGET_FILES = 20_000;

/** `optimistic`: as if no package had side effects. Throws `InputProblem` with esbuild's own words and place. */
export async function bundle(
  source: Source,
  options: BundleOptions,
  optimistic: boolean,
): Promise<Built> {
  const missing: Built["missing"] = [];
  const plugin =
    "files" in source
      ? textPlugin(source.files, options, { optimistic, missing })
      : folderPlugin(source.folder, { optimistic, missing, options });
  try {
    const result = await esbuild({
      ...settings(options),
      absWorkingDir: "folder" in source ? source.folder : "/",
      entryPoints: options.entries.map((entry) =>
        "files" in source ? `${TEXTS}:${entry}` : `./${entry}`,
      ),
      plugins: [plugin],
    });
    return { result, missing, warnings: result.warnings };
  } catch (error) {
    throw problemOf(error);
  }
}

/** Ends esbuild's process; it is started again when needed. */
export async function endBundler(): Promise<void> {
  await stop();
}

function settings({ platform, format, minify, target, external, conditions }: BundleOptions) {
  return {
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: "external",
    outdir: "/out",
    logLevel: "silent",
    logLimit: 50,
    platform,
    format,
    minify,
    external,
    conditions,
    // What a folder above says must not count, nor be read.
    tsconfigRaw: {},
    jsx: "automatic",
    legalComments: "none",
    ...(target === undefined ? {} : { target }),
    loader: { ".png": "dataurl", ".svg": "text", ".woff2": "dataurl", ".node": "empty" },
  } as const satisfies BuildOptions;
}

interface Around {
  optimistic: boolean;
  missing: Built["missing"];
}

function textPlugin(files: Files, options: BundleOptions, { optimistic, missing }: Around): Plugin {
  const resolver = createResolver(files, {
    browser: options.platform === "browser",
    conditions: options.conditions,
  });
  return {
    name: "texts",
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args): OnResolveResult => {
        if (args.kind === "entry-point")
          return { path: args.path.slice(TEXTS.length + 1), namespace: TEXTS };
        const kind =
          args.kind === "require-call" || args.kind === "require-resolve" ? "require" : "import";
        const path = isExternal(args.path, options)
          ? undefined
          : resolver.resolve(args.path, args.importer, kind);
        if (path === undefined) return outside(args, options, missing);
        const said = resolver.sideEffects(path);
        const free = said === false || (optimistic && path.includes("node_modules/"));
        return { path, namespace: TEXTS, ...(free ? { sideEffects: false } : {}) };
      });
      build.onLoad({ filter: /.*/, namespace: TEXTS }, ({ path }) => ({
        contents: files[path] ?? "",
        loader: "default",
      }));
    },
  };
}

function isExternal(path: string, { external, platform }: BundleOptions): boolean {
  if (platform !== "browser" && isBuiltin(path)) return true;
  return external.some((one) => path === one || path.startsWith(`${one}/`));
}

/** What is not there: an own file is an error of the input, a package stays outside. */
function outside(
  args: OnResolveArgs,
  options: BundleOptions,
  missing: Built["missing"],
): OnResolveResult {
  if (/^(\.{0,2}\/|#)/.test(args.path))
    return { errors: [{ text: `"${args.path}" is not among the files.` }] };
  if (!isExternal(args.path, options) && missing.length < 500)
    missing.push({ name: args.path, from: args.importer });
  return { path: args.path, external: true };
}

/** esbuild resolves on disk; each answer is held against the workspace, links followed. */
function folderPlugin(
  folder: string,
  { optimistic, missing, options }: Around & { options: BundleOptions },
): Plugin {
  const ASKED = { asked: true };
  let count = 0;
  return {
    name: "workspace",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args): Promise<OnResolveResult | undefined> => {
        if (args.pluginData === ASKED) return undefined;
        if (isExternal(args.path, options)) return { path: args.path, external: true };
        const { importer, resolveDir, kind } = args;
        const found = await build.resolve(args.path, {
          importer,
          resolveDir: resolveDir || folder,
          kind,
          pluginData: ASKED,
        });
        if (found.errors.length > 0) return outside(args, options, missing);
        if (found.external) return { path: found.path, external: true };
        count += 1;
        if (count > BUDGET_FILES * 10)
          return { errors: [{ text: "It imports more than is followed." }] };
        const path = await resolveInWorkspace(found.path).catch(() => undefined);
        if (path === undefined)
          return { errors: [{ text: `"${args.path}" lies outside the workspace.` }] };
        const free = !found.sideEffects || (optimistic && path.includes("node_modules/"));
        return { path, ...(free ? { sideEffects: false } : {}) };
      });
    },
  };
}

function problemOf(error: unknown): unknown {
  const errors: unknown = error instanceof Error && "errors" in error ? error.errors : undefined;
  if (!Array.isArray(errors)) return error;
  const messages: Message[] = errors;
  const [first] = messages;
  const { location } = first ?? {};
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : "";
  return new InputProblem(
    `The bundle cannot be built: ${(first?.text ?? "").slice(0, 300)}${more}`,
    {
      ...(location === undefined || location === null
        ? {}
        : {
            location: {
              file: plainName(location.file),
              line: location.line,
              column: location.column + 1,
            },
          }),
      hint: "Correct it, name it in external, or pass the missing file.",
    },
  );
}

/** A module's name as the caller knows it. */
export function plainName(path: string, folder?: string): string {
  if (path.startsWith(`${TEXTS}:`)) return path.slice(TEXTS.length + 1);
  return folder === undefined ? path : joined("", relative(folder, path));
}
