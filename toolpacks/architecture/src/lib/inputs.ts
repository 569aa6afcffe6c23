/** The code base as a tool's input. */
import { readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceInput, SourceLimits } from "flotilla/worker/sources";

export const MAX_FILES = 5_000;

/** What the graph is made of, once it has been read. */
export interface CodeInput {
  files?: Record<string, string>;
  modules?: Record<string, string[]>;
}
/** As the caller gives it. */
export type CodeArguments = CodeInput & Pick<SourceInput, "path">;

const LIMITS: SourceLimits = {
  maxFiles: MAX_FILES,
  maxFileBytes: 2_000_000,
  maxTotalBytes: 24_000_000,
  contentName: "index.ts",
  include: (path) => /\.[cm]?[jt]sx?$|(?:^|\/)(?:package|tsconfig)\.json$/.test(path),
};

const paths = { type: "array", items: { type: "string", maxLength: 500 }, maxItems: 1_000 };

export const codeProperties = {
  ...sourceProperties(
    {
      files:
        "Source files by relative path: JavaScript and TypeScript, and package.json and tsconfig.json for names and aliases.",
      path: "A folder of JavaScript or TypeScript.",
    },
    LIMITS,
  ),
  modules: {
    type: "object",
    description: "Instead of files, for any language: each module with the modules it imports.",
    additionalProperties: paths,
    minProperties: 1,
    maxProperties: MAX_FILES,
  },
};

/** The same input with the folder at `path` read. */
export async function readCode<Given extends CodeArguments>(given: Given): Promise<Given> {
  const { path, ...rest } = given;
  if (path === undefined || rest.modules !== undefined) return given;
  const files = await readSources({ path, ...(rest.files && { files: rest.files }) }, LIMITS);
  return { ...given, files };
}

export const globs = (description: string): Record<string, unknown> => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 300 },
  minItems: 1,
  maxItems: 50,
  description,
});
