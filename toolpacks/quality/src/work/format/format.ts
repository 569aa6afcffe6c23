/** Formats files: Biome for what it knows, Prettier for the rest or where it is asked for. */
import { problemText } from "flotilla/worker/review";
import { patchOf } from "../../lib/patches.ts";
import { isForBiome } from "../biome/languages.ts";
import type { Biome } from "../biome/engine.node.ts";
import { configureStyle, formatWithBiome } from "./biome.ts";
import { formatWithPrettier, isForPrettier } from "./prettier.ts";
import type { Style } from "./style.ts";

export interface FormatOptions {
  style?: Style | undefined;
  /** Default auto: Biome where it can, except HTML, which it formats only on trial. */
  engine?: "auto" | "biome" | "prettier" | undefined;
  /** Default patch. */
  answer?: "patch" | "content" | undefined;
}

export interface FormattedFile {
  file: string;
  engine: "biome" | "prettier";
  changed: boolean;
  /** Of a changed file; absent when the text was asked for, or the change is too large to compare. */
  patch?: string;
  content?: string;
}
export interface FormatAnswer {
  files: FormattedFile[];
  changed: number;
  failed: { file: string; reason: string }[];
}

export const FORMAT_LANGUAGES =
  "JavaScript, TypeScript, JSON, CSS, SCSS, Less, GraphQL, HTML, Vue, Markdown, YAML or Handlebars";

/** Prettier knows all that Biome does. */
export const isFormattable = isForPrettier;

export async function formatFiles(
  loadBiome: () => Promise<Biome>,
  files: readonly (readonly [path: string, text: string])[],
  { style = {}, engine = "auto", answer = "patch" }: FormatOptions,
): Promise<FormatAnswer> {
  const done: FormattedFile[] = [];
  const failed: FormatAnswer["failed"] = [];
  for (const [path, text] of files) {
    const used = engineFor(path, engine);
    try {
      const after =
        used === "biome"
          ? await withBiome(loadBiome, { path, text, style })
          : await formatWithPrettier(path, text, style);
      done.push(fileOf({ path, text, after, engine: used }, answer));
    } catch (error) {
      const reason = problemText(error);
      if (reason === undefined) throw error;
      failed.push({ file: path, reason });
    }
  }
  return { files: done, changed: done.filter(({ changed }) => changed).length, failed };
}

function engineFor(path: string, engine: "auto" | "biome" | "prettier"): "biome" | "prettier" {
  if (engine === "prettier" || !isForBiome(path)) return "prettier";
  return engine === "auto" && /\.html?$/i.test(path) ? "prettier" : "biome";
}

async function withBiome(
  load: () => Promise<Biome>,
  { path, text, style }: { path: string; text: string; style: Style },
): Promise<string> {
  const biome = await load();
  configureStyle(biome, style);
  return formatWithBiome(biome, path, text);
}

function fileOf(
  one: { path: string; text: string; after: string; engine: "biome" | "prettier" },
  answer: "patch" | "content",
): FormattedFile {
  const { path, text, after, engine } = one;
  const file: FormattedFile = { file: path, engine, changed: after !== text };
  if (answer === "content") return { ...file, content: after };
  const patch = patchOf(path, text, after);
  return patch === undefined ? file : { ...file, patch };
}
