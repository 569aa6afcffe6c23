/**
 * Command-line words → a tool's arguments, by the types of its schema. What a word cannot mean is refused here with
 * the flag's name; whether the whole fits the schema is checked afterwards (`check-arguments.ts`).
 */
import { FlotillaError, isRecord, type ToolDefinition } from "../../protocol/index.ts";
import { didYouMean } from "../text/nearest.ts";

export interface ParsedCall {
  args: Record<string, unknown>;
  /** `--json '{…}'` or `--args '{…}'`; "-" for stdin, "@path" for a file. Merged below the flags. */
  document?: string;
  /** `--file name=path`, in order. */
  files: { name: string; path: string }[];
  out?: string;
  timeout?: string;
  url?: string;
  json: boolean;
  help: boolean;
  /** Values of `--arg name=value` and positional words are not supported elsewhere. */
  color: boolean;
}

type Schema = Record<string, unknown>;

/** Our own flags after the tool's name; the tool's arguments of the same name come first. */
const OWN = ["args", "json", "file", "out", "timeout", "url", "help", "arg", "no-color"];

export function parseCall(words: readonly string[], tool: ToolDefinition): ParsedCall {
  const properties = propertiesOf(tool);
  const call: ParsedCall = { args: {}, files: [], json: false, help: false, color: true };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const flag = /^--([^=]+)(?:=(.*))?$/s.exec(word);
    const typed = word === "-h" ? "help" : flag?.[1];
    if (typed === undefined) {
      throw usage(`"${word.slice(0, 40)}" is no option`, "Give arguments as --name value.");
    }
    const name = propertyFor(typed, properties);
    const inline = flag?.[2];
    if (name !== undefined) take({ name, schema: properties[name], inline, rest, call });
    else if (
      typed.startsWith("no-") &&
      isBoolean(properties[propertyFor(typed.slice(3), properties) ?? ""])
    ) {
      call.args[propertyFor(typed.slice(3), properties) ?? ""] = false;
    } else own({ typed, inline, rest, call, tool });
  }
  return call;
}

interface Taking {
  inline: string | undefined;
  rest: string[];
  call: ParsedCall;
}

function take({
  name,
  schema,
  inline,
  rest,
  call,
}: Taking & { name: string; schema: unknown }): void {
  if (isBoolean(schema) && inline === undefined) {
    const next = rest[0];
    const value = next === "true" || next === "false" ? rest.shift() !== "false" : true;
    put(call.args, name, value);
    return;
  }
  const text = inline ?? nextWord(name, rest);
  const value = convert(text, schema, name);
  const before = Object.hasOwn(call.args, name) ? call.args[name] : undefined;
  // Said twice, a list grows and an object gains keys; anything else is a slip.
  if (Array.isArray(before) && Array.isArray(value))
    put(call.args, name, [...(before as unknown[]), ...(value as unknown[])]);
  else if (before === undefined) put(call.args, name, value);
  else if (isRecord(before) && isRecord(value)) put(call.args, name, { ...before, ...value });
  else throw usage(`--${name} is given twice`, "Give it once.");
}

function own({
  typed,
  inline,
  rest,
  call,
  tool,
}: Taking & { typed: string; tool: ToolDefinition }): void {
  const value = (): string => inline ?? nextWord(typed, rest);
  switch (typed) {
    case "help":
      call.help = true;
      return;
    case "no-color":
      call.color = false;
      return;
    case "json": {
      // `--json` alone asks for a JSON answer, as everywhere; with a document it gives the arguments.
      const next = inline ?? rest[0];
      const document = next !== undefined && (/^\s*\{|^@/.test(next) || next === "-");
      if (!document) call.json = true;
      else call.document = value();
      return;
    }
    case "args":
      call.document = value();
      return;
    case "arg":
    case "file": {
      const [name, content] = pair(value(), typed);
      if (typed === "file") call.files.push({ name, path: content.replace(/^@/, "") });
      else take({ name, schema: propertiesOf(tool)[name], inline: content, rest, call });
      return;
    }
    case "out":
    case "timeout":
    case "url":
      call[typed] = value();
      return;
    default: {
      const known = [...Object.keys(propertiesOf(tool)), ...OWN];
      const all = Object.keys(propertiesOf(tool)).map((name) => `--${name}`);
      const takes = all.length === 0 ? "It takes no arguments." : `It takes ${all.join(", ")}.`;
      throw usage(
        `${tool.name} takes no --${typed.slice(0, 60)}`,
        didYouMean(typed, known) ?? takes,
      );
    }
  }
}

/** "a=b" → ["a", "b"]. */
function pair(text: string, flag: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usage(
    `--${flag} expects name=${flag === "file" ? "path" : "value"}`,
    "Put a = between the two.",
  );
}

/** Assigning would let an argument called `__proto__` do something else. */
export function put(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** `--max-rows` is understood for `maxRows` and `max_rows` when nothing carries the very name. */
function propertyFor(typed: string, properties: Schema): string | undefined {
  if (Object.hasOwn(properties, typed)) return typed;
  const folded = fold(typed);
  const alike = Object.keys(properties).filter((name) => fold(name) === folded);
  return alike.length === 1 ? alike[0] : undefined;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

export function propertiesOf(tool: ToolDefinition): Schema {
  return isRecord(tool.inputSchema["properties"]) ? tool.inputSchema["properties"] : {};
}

function isBoolean(schema: unknown): boolean {
  return typesOf(schema).includes("boolean") && typesOf(schema).length === 1;
}

/** All types a value may have, looking through anyOf and oneOf; empty when anything goes. */
export function typesOf(schema: unknown): string[] {
  if (!isRecord(schema)) return [];
  if (typeof schema["type"] === "string") return [schema["type"]];
  if (Array.isArray(schema["type"]))
    return schema["type"].map(String).filter((type) => type !== "null");
  if (Array.isArray(schema["enum"]))
    return [...new Set(schema["enum"].map((value) => typeof value))];
  const branches = [schema["anyOf"], schema["oneOf"]].flat().filter(isRecord);
  return [...new Set(branches.flatMap(typesOf))].filter((type) => type !== "null");
}

function convert(text: string, schema: unknown, name: string): unknown {
  const types = typesOf(schema);
  if (types.includes("array")) return listOf(text, { schema, name });
  if (types.length === 1 && types[0] === "object") return objectOf(text, name);
  const numeric = types.includes("number") || types.includes("integer");
  if (numeric && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.includes("string")) return text;
  if (numeric) throw usage(`--${name} expects a number`, `What was given is not one.`);
  if (types.includes("boolean"))
    throw usage(`--${name} expects true or false`, "Give one of the two.");
  // Without a type, what reads as JSON is JSON; anything else is text.
  return asJson(text) ?? text;
}

function listOf(text: string, { schema, name }: { schema: unknown; name: string }): unknown {
  const whole = text.trimStart().startsWith("[") ? asJson(text) : undefined;
  if (Array.isArray(whole)) return whole;
  if (typesOf(schema).includes("string")) return text;
  const items = isRecord(schema) ? schema["items"] : undefined;
  return [convert(text, items, name)];
}

function objectOf(text: string, name: string): unknown {
  const value = asJson(text);
  if (isRecord(value)) return value;
  throw usage(
    `--${name} expects JSON such as '{"key": "value"}'`,
    `Or read it from a file: --file ${name}=path.`,
  );
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nextWord(name: string, rest: string[]): string {
  const word = rest.shift();
  if (word !== undefined) return word;
  throw usage(`--${name} expects a value`, `Write --${name} value.`);
}

export function usage(message: string, hint: string): FlotillaError {
  return new FlotillaError("bad_request", message, { hint });
}
