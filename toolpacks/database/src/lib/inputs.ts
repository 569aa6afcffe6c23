/** Pieces of input schemas, and the bounds that go with them. */
import { InputProblem } from "flotilla/worker/review";
import { readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceLimits } from "flotilla/worker/sources";

/** A large schema dump fits; a data dump does not. */
export const MAX_SQL_CHARS = 1_000_000;
export const MAX_STATEMENTS = 5_000;

const LIMITS: SourceLimits = {
  maxFiles: 200,
  maxFileBytes: MAX_SQL_CHARS,
  maxTotalBytes: MAX_SQL_CHARS,
  contentName: "input.sql",
  include: (path) => path.endsWith(".sql"),
};

export function sqlText(description: string): Record<string, unknown> {
  return { type: "string", description, minLength: 1, maxLength: MAX_SQL_CHARS };
}

/** What `withSql` reads in place of the text. */
export const pathProperty = sourceProperties(
  { path: "An .sql file, or a folder of them, read in the order of their names." },
  LIMITS,
)["path"];

/** An input whose text `Key` may lie in a file instead. */
export type OrPath<Input, Key extends keyof Input> = Omit<Input, Key> &
  Partial<Pick<Input, Key>> & { path?: string };

/** The input with its text, given or read. Rejects with `InputProblem` when there is neither or both. */
export async function withSql<Input, Key extends keyof Input & string>(
  input: OrPath<Input, Key>,
  key: Key,
): Promise<Input> {
  const { path, [key]: given, ...rest } = input as Record<string, unknown> & { path?: string };
  const content = typeof given === "string" ? given : undefined;
  if (content === undefined && path === undefined) {
    throw new InputProblem(`${key} is missing.`, { hint: `Pass ${key} or path.` });
  }
  const texts = await readSources(
    { ...(content !== undefined && { content }), ...(path !== undefined && { path }) },
    LIMITS,
  );
  const sql = Object.values(texts).join("\n");
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what was left out is put back here
  return { ...rest, [key]: sql } as Input;
}
