/** TOML, for clients that keep their servers in it. Parts are not located: the file is only read, never written by hand here. */
import { parse, TomlError } from "smol-toml";
import { configError } from "./problems.ts";
import type { Source } from "./source.ts";

export function parseTomlSource(file: string, text: string): Source {
  try {
    const value: unknown = parse(text);
    return { file, value, locate: () => ({ line: 1, column: 1 }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = "not valid TOML";
    throw configError([{ file, line: error.line, column: error.column, path: "", message }]);
  }
}
