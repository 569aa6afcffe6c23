/** What the tools of this pack read: Python sources and the files that configure them. */
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput, SourceLimits } from "flotilla/worker/sources";

/** The texts by name, as every job gets them. */
export interface PythonFiles {
  files: Record<string, string>;
}

/** What a tool takes, before its sources are read. */
export type Given<Input extends PythonFiles> = Omit<Input, "files"> & SourceInput;

const CONFIGURATION =
  /(?:^|\/)(?:pyproject\.toml|\.?ruff\.toml|setup\.cfg|[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)|requirements\/[\w.-]+\.txt|poetry\.lock|uv\.lock|pdm\.lock|pylock(?:\.[\w-]+)?\.toml|Pipfile(?:\.lock)?)$/;

export const LIMITS: SourceLimits = {
  maxFiles: 3_000,
  maxFileBytes: 2_000_000,
  maxTotalBytes: 24_000_000,
  contentName: "main.py",
  include: (path) => isPython(path) || CONFIGURATION.test(path),
};

export function isPython(path: string): boolean {
  return /\.pyi?$/.test(path);
}

/** Stubs follow other rules of style; what looks at style leaves them out. */
export function isModule(path: string): boolean {
  return path.endsWith(".py");
}

/** By the names that pytest and unittest look for. */
export function isTest(path: string): boolean {
  return /(?:^|\/)(?:tests?\/|test_[^/]*\.py$|conftest\.py$)|_tests?\.py$/.test(path);
}

export const codeProperties = sourceProperties(
  {
    content: "One Python file.",
    files: "Python files by relative path; pyproject.toml and ruff.toml among them are obeyed.",
    path: "A Python file or a folder.",
  },
  LIMITS,
);

export const targetVersion = {
  type: "string",
  pattern: "^3\\.[0-9]{1,2}$",
  description: "The oldest Python it must run on, such as 3.10.",
};

/** The input of a job: the tool's own fields, and the texts in place of where to find them. */
export function withFiles<T extends SourceInput>(
  given: T,
  files: Record<string, string>,
): Omit<T, keyof SourceInput> & PythonFiles {
  const { content: _, path: __, files: ___, ...rest } = given;
  return { ...rest, files };
}
