/** Pieces of input schemas, and the bounds that go with them. */
import { readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceLimits } from "flotilla/worker/sources";

/** The largest public documents fit (a few are near 10 MB; those are generated and are cut by area anyway). */
export const MAX_CHARS = 4_000_000;

/** One document, or several that refer to each other. */
export interface DocumentInput {
  content?: string;
  files?: Record<string, string>;
  /** In the workspace; read before the work begins. */
  path?: string;
  /** The file that is the document. Default: the one that says `openapi` or `asyncapi`. */
  entry?: string;
}

const LIMITS: SourceLimits = {
  maxFiles: 200,
  maxFileBytes: MAX_CHARS,
  maxTotalBytes: 2 * MAX_CHARS,
  contentName: "document",
  include: (path) => /\.(?:json|ya?ml)$/.test(path),
};

export const documentText = (description: string): Record<string, unknown> => ({
  type: "string",
  description,
  minLength: 1,
  maxLength: MAX_CHARS,
});

export const documentProperties = {
  ...sourceProperties(
    {
      files: "Instead of content: files by their relative path, when they $ref each other.",
      path: "A document, or a folder of files that $ref each other.",
    },
    LIMITS,
  ),
  content: documentText("The document, JSON or YAML."),
  entry: { type: "string", maxLength: 500, description: "Which of the files is the document." },
};

/** The same input with what lies at `path` read. */
export async function readDocument<Given extends DocumentInput>(given: Given): Promise<Given> {
  const { path, content, files } = given;
  if (path === undefined) return given;
  const texts = { ...(content !== undefined && { content }), ...(files && { files }) };
  const { path: _, ...rest } = { ...given, files: await readSources({ path, ...texts }, LIMITS) };
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the same input without its path
  return rest as Given;
}
