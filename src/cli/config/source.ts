/** A configuration file as read: its value, and where each part of it stands. Bounded, and typed when it fails. */
import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { isFlotillaError } from "../../protocol/index.ts";
import { configError, fileError, type Path, type Position } from "./problems.ts";
import { parseJsonSource } from "./source-json.ts";
import { parseTomlSource } from "./source-toml.ts";
import { parseYamlSource } from "./source-yaml.ts";

export interface Source {
  file: string;
  value: unknown;
  /** Where the key or the value at `path` stands; the nearest parent when it does not stand anywhere itself. */
  locate(path: Path, part?: "key" | "value"): Position;
}

/** What people write by hand. */
const MAX_BYTES = 1024 * 1024;
/** Claude Code keeps its servers in one file with much else. */
const MAX_CLIENT_BYTES = 32 * 1024 * 1024;

/** `shown` is the file's name in messages. Rejects with `config_invalid` alone. */
export async function readSource(file: string, shown: string = file): Promise<Source> {
  return parseSource(shown, await readBounded(file, shown));
}

/** Throws `config_invalid` and nothing else, whatever the text. */
export function parseSource(file: string, text: string): Source {
  const extension = extname(file).toLowerCase();
  try {
    if (extension === ".toml") return parseTomlSource(file, text);
    if (extension === ".yaml" || extension === ".yml") return parseYamlSource(file, text);
    return parseJsonSource(file, text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The parsers descend by recursion: ten thousand brackets exhaust the stack before they exhaust memory.
    throw configError([
      { file, line: 1, column: 1, path: "", message: "nested too deep to be a configuration" },
    ]);
  }
}

async function readBounded(file: string, shown: string): Promise<string> {
  const limit = /\.ya?ml$/i.test(file) ? MAX_BYTES : MAX_CLIENT_BYTES;
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) throw fileError(shown, { message: "is a folder, not a file" });
    if (!facts.isFile()) throw fileError(shown, { message: "is not a regular file" });
    if (facts.size > limit) {
      const message = `is ${Math.ceil(facts.size / 1024)} KB; at most ${limit / 1024} KB are read`;
      throw fileError(shown, { message, hint: "Is this the right file?" });
    }
    const bytes = await readFile(file);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw readError(shown, error);
  }
}

function readError(shown: string, error: unknown): Error {
  if (isFlotillaError(error)) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") {
    const hint = "Check the path, or write one with `flotilla init`.";
    return fileError(shown, { message: "no such file", hint }, error);
  }
  if (code === "EACCES" || code === "EPERM") {
    const hint = "Give your user the right to read it.";
    return fileError(shown, { message: "may not be read (permission denied)", hint }, error);
  }
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return fileError(shown, { message: "is not UTF-8 text", hint: "Save it as UTF-8." }, error);
  }
  return fileError(shown, { message: `cannot be read (${code || "unknown reason"})` }, error);
}
