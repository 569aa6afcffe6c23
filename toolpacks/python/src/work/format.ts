/** Ruff's formatter over files: what would change, as text or as a patch. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { patchOf } from "./edits.ts";
import type { OpenRuff, RuffOptions } from "./ruff.ts";
import { problemFinding } from "./problems.ts";
import { settingsOf } from "./settings.ts";
import type { SettingsInput } from "./settings.ts";

export interface FormatInput extends SettingsInput {
  quotes?: "double" | "single" | "preserve";
  indent?: "space" | "tab";
  /** What to return of each changed file. Default: text for `content`, else diff. */
  result?: "diff" | "text";
}

export interface FormattedFile {
  file: string;
  /** Lines that were replaced or removed, and those that came. */
  removed: number;
  added: number;
  patch?: string;
  text?: string;
}
export interface FormatAnswer extends FindingReport {
  files: number;
  changed: number;
  config?: string;
  results: FormattedFile[];
}

export async function format(input: FormatInput, openRuff: OpenRuff): Promise<FormatAnswer> {
  const settings = settingsOf(input);
  const ruff = await openRuff(optionsOf(settings.options, input));
  const results: FormattedFile[] = [];
  const problems: Finding[] = [];
  try {
    for (const [file, before] of settings.modules) {
      try {
        const after = ruff.format(file, before);
        if (after !== before) results.push(resultOf(input, file, { before, after }));
      } catch (error) {
        // One broken file must not hide the others; alone it is the answer.
        if (settings.modules.length === 1) throw error;
        problems.push(problemFinding(file, error));
      }
    }
  } finally {
    ruff.close();
  }
  return {
    files: settings.modules.length,
    changed: results.length,
    ...(settings.source === undefined ? {} : { config: settings.source }),
    results,
    ...reportOf(problems),
  };
}

function optionsOf(options: RuffOptions, { quotes, indent }: FormatInput): RuffOptions {
  return {
    ...options,
    ...(indent === undefined ? {} : { "indent-width": 4 }),
    format: {
      ...Object(options["format"]),
      ...(quotes === undefined ? {} : { "quote-style": quotes }),
      ...(indent === undefined ? {} : { "indent-style": indent }),
    },
  };
}

function resultOf(
  { result = "diff" }: FormatInput,
  file: string,
  { before, after }: { before: string; after: string },
): FormattedFile {
  const patch = patchOf(file, before, after);
  const lines = (patch ?? "").split("\n").slice(2);
  const counted = {
    file,
    removed: lines.filter((line) => line.startsWith("-")).length,
    added: lines.filter((line) => line.startsWith("+")).length,
  };
  if (result === "text" || patch === undefined) return { ...counted, text: after };
  return { ...counted, patch };
}
