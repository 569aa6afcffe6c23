/** Which grammar reads a file, by the ending of its name. */
import { endingOf } from "../../lib/inputs.ts";

export type Language =
  | "javascript"
  | "typescript"
  | "tsx"
  | "python"
  | "go"
  | "java"
  | "rust"
  | "cpp";

const BY_ENDING: Readonly<Record<string, Language>> = {
  ".js": "javascript",
  ".jsx": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".ts": "typescript",
  ".mts": "typescript",
  ".cts": "typescript",
  ".tsx": "tsx",
  ".py": "python",
  ".pyi": "python",
  ".go": "go",
  ".java": "java",
  ".rs": "rust",
  // C is read by the grammar of C++, which knows nearly all of it.
  ".c": "cpp",
  ".h": "cpp",
  ".cc": "cpp",
  ".cpp": "cpp",
  ".cxx": "cpp",
  ".hh": "cpp",
  ".hpp": "cpp",
  ".hxx": "cpp",
};

export const SYNTAX_LANGUAGES = "JavaScript, TypeScript, Python, Go, Java, Rust, C or C++";

export function languageOf(path: string): Language | undefined {
  const ending = endingOf(path);
  return Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
}
