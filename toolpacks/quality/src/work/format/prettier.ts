/** Formats with Prettier; each language loads only the parsers it needs. */
import { InputProblem } from "flotilla/worker/review";
import type { Options, Plugin } from "prettier";
import { endingOf } from "../../lib/inputs.ts";
import type { Style } from "./style.ts";

interface Language {
  parser: string;
  plugins: readonly (() => Promise<Plugin>)[];
}

const PLUGINS = {
  babel: () => import("prettier/plugins/babel"),
  estree: () => import("prettier/plugins/estree"),
  typescript: () => import("prettier/plugins/typescript"),
  postcss: () => import("prettier/plugins/postcss"),
  markdown: () => import("prettier/plugins/markdown"),
  yaml: () => import("prettier/plugins/yaml"),
  html: () => import("prettier/plugins/html"),
  glimmer: () => import("prettier/plugins/glimmer"),
  graphql: () => import("prettier/plugins/graphql"),
};
const { babel, estree, typescript, postcss, markdown, yaml, html, glimmer, graphql } = PLUGINS;
const SCRIPT = [babel, estree];
const PAGE = [html, postcss, typescript, ...SCRIPT];
const PROSE = [markdown, yaml, postcss, graphql, typescript, ...SCRIPT];

const js: Language = { parser: "babel", plugins: SCRIPT };
const ts: Language = { parser: "typescript", plugins: [typescript, estree] };
const BY_ENDING: Readonly<Record<string, Language>> = {
  ".js": js,
  ".jsx": js,
  ".mjs": js,
  ".cjs": js,
  ".ts": ts,
  ".tsx": ts,
  ".mts": ts,
  ".cts": ts,
  ".json": { parser: "json", plugins: SCRIPT },
  ".jsonc": { parser: "json", plugins: SCRIPT },
  ".json5": { parser: "json5", plugins: SCRIPT },
  ".css": { parser: "css", plugins: [postcss] },
  ".scss": { parser: "scss", plugins: [postcss] },
  ".less": { parser: "less", plugins: [postcss] },
  ".graphql": { parser: "graphql", plugins: [graphql] },
  ".gql": { parser: "graphql", plugins: [graphql] },
  ".md": { parser: "markdown", plugins: PROSE },
  ".markdown": { parser: "markdown", plugins: PROSE },
  ".mdx": { parser: "mdx", plugins: PROSE },
  ".yaml": { parser: "yaml", plugins: [yaml] },
  ".yml": { parser: "yaml", plugins: [yaml] },
  ".html": { parser: "html", plugins: PAGE },
  ".htm": { parser: "html", plugins: PAGE },
  ".vue": { parser: "vue", plugins: PAGE },
  ".hbs": { parser: "glimmer", plugins: [glimmer] },
};

export function isForPrettier(path: string): boolean {
  return Object.hasOwn(BY_ENDING, endingOf(path));
}

/** Throws `InputProblem` with the place of the first syntax error. */
export async function formatWithPrettier(
  path: string,
  text: string,
  style: Style,
): Promise<string> {
  const language = BY_ENDING[endingOf(path)];
  if (language === undefined) throw new InputProblem("No formatter knows this kind of file.");
  const { format } = await import("prettier/standalone");
  const plugins = await Promise.all(language.plugins.map((load) => load()));
  try {
    return await format(text, {
      ...optionsOf(style),
      parser: language.parser,
      plugins,
      filepath: path,
    });
  } catch (error) {
    throw problemOf(error, path);
  }
}

function optionsOf(style: Style): Options {
  const { lineWidth, indentStyle, indentWidth, quotes, semicolons, trailingCommas } = style;
  return {
    ...(lineWidth !== undefined && { printWidth: lineWidth }),
    ...(indentStyle !== undefined && { useTabs: indentStyle === "tab" }),
    ...(indentWidth !== undefined && { tabWidth: indentWidth }),
    ...(quotes !== undefined && { singleQuote: quotes === "single" }),
    ...(semicolons !== undefined && { semi: semicolons === "always" }),
    ...(trailingCommas !== undefined && { trailingComma: trailingCommas }),
  };
}

function problemOf(error: unknown, file: string): InputProblem {
  if (error instanceof RangeError) return new InputProblem("Nested too deeply: it was not read.");
  const message = error instanceof Error ? error.message : String(error);
  return new InputProblem((message.split("\n")[0] ?? "").slice(0, 300), {
    location: { file, ...placeOf(error) },
  });
}

function placeOf(error: unknown): { line?: number; column?: number } {
  if (typeof error !== "object" || error === null || !("loc" in error)) return {};
  const { start }: { start?: { line: number; column: number } } = Object(error.loc);
  return start === undefined ? {} : { line: start.line, column: start.column };
}
