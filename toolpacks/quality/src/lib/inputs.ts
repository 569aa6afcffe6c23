/** Input that the tools of this pack share, and the bounds that go with it. */
import { InputProblem } from "flotilla/worker/review";
import { readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceInput, SourceLimits } from "flotilla/worker/sources";

export const LIMITS = { maxFiles: 2_000, maxFileBytes: 1_000_000, maxTotalBytes: 16_000_000 };

export interface CodeArguments extends SourceInput {
  /** The name of `content`; its ending tells the language. */
  filename?: string;
}

export const filenameProperty = {
  type: "string",
  minLength: 1,
  maxLength: 300,
  description: "With content: its file name; the ending tells the language.",
};

/** `content` with `filename`, `files` or `path`. */
export function codeProperties(languages: string): Record<string, unknown> {
  return {
    ...sourceProperties(
      {
        content: `One file: ${languages}. Give filename too.`,
        files: "Files by relative path.",
        path: "A file or folder.",
      },
      LIMITS,
    ),
    filename: filenameProperty,
  };
}

export interface ReadOptions {
  /** Which files the tool can work on, by path. */
  include: (path: string) => boolean;
  /** What those are, in words for the caller. */
  expected: string;
  limits?: Partial<SourceLimits>;
}

/** The fitting files. Rejects with `InputProblem` when there is none: asked for nothing is a mistake of the caller. */
export async function readCode(
  { filename, ...input }: CodeArguments,
  { include, expected, limits = {} }: ReadOptions,
): Promise<[path: string, text: string][]> {
  if (filename !== undefined && input.content === undefined)
    throw new InputProblem("filename belongs to content.", {
      hint: "Give content, or leave it out.",
    });
  // A tool that takes any text needs no name to know what it is.
  if (input.content !== undefined && filename === undefined && !include("content"))
    throw new InputProblem("The language of content is not known.", {
      hint: `Give filename: the ending tells it. Expected: ${expected}.`,
    });
  const contentName = filename ?? "content";
  const all = await readSources(input, { ...LIMITS, contentName, include, ...limits });
  const fitting = Object.entries(all).filter(([path]) => include(path));
  const [first] = Object.keys(all);
  if (fitting.length === 0)
    throw new InputProblem(
      `There is nothing here that can be read: expected ${expected}.`,
      first === undefined ? {} : { location: { file: first } },
    );
  return fitting;
}

/** `.ts` of `a/b.ts`; "" when there is none. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot).toLowerCase();
}

/** The files that a diff names, where the caller gave any; of a folder only those are read. */
export async function readChanged(
  input: SourceInput,
  diff: string,
): Promise<[path: string, text: string][]> {
  if (input.files === undefined && input.path === undefined) return [];
  const limits = {
    ...LIMITS,
    contentName: "content",
    include: (path: string) => diff.includes(path),
  };
  return Object.entries(await readSources(input, limits));
}
