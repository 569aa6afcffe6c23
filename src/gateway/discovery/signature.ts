/** A tool in one line: its name with its arguments, as a programmer would write it, and what it does. */
import type { Definition } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";

export interface Argument {
  name: string;
  type: string;
  required: boolean;
  /** The beginning of its description. */
  note: string;
}

const MAX_SHOWN = 8;
const MAX_ARGUMENTS = 100;
const MAX_NOTE = 160;
const MAX_TYPE_CHARS = 40;
const MAX_DEPTH = 4;
const MAX_SUMMARY = 140;

/** Those that must be given first, otherwise in the tool's own order. */
export function argumentsOf({ inputSchema }: Definition): Argument[] {
  if (!isRecord(inputSchema) || !isRecord(inputSchema["properties"])) return [];
  const required = Array.isArray(inputSchema["required"]) ? inputSchema["required"] : [];
  const all = Object.entries(inputSchema["properties"]).slice(0, MAX_ARGUMENTS);
  return all
    .map(([name, schema]) => ({
      name,
      type: typeOf(schema),
      required: required.includes(name),
      note: noteOf(schema),
    }))
    .toSorted((a, b) => Number(b.required) - Number(a.required));
}

export function signatureOf(exposed: string, definition: Definition): string {
  const all = argumentsOf(definition);
  const shown = all
    .slice(0, MAX_SHOWN)
    .map(({ name, type, required }) => `${name}${required ? "*" : ""}: ${type}`);
  if (all.length > MAX_SHOWN) shown.push("…");
  return `${exposed}(${shown.join(", ")})`;
}

/** The first sentence. */
export function summaryOf({ description, title }: Definition): string {
  const text =
    typeof description === "string" ? description : typeof title === "string" ? title : "";
  const line = text.trim().replaceAll(/\s+/g, " ");
  const end = line.search(/[.!?](?:\s|$)/);
  const sentence = end < 0 ? line : line.slice(0, end + 1);
  return sentence.length <= MAX_SUMMARY ? sentence : `${sentence.slice(0, MAX_SUMMARY - 1)}…`;
}

function typeOf(schema: unknown, depth = 0): string {
  if (!isRecord(schema) || depth > MAX_DEPTH) return "any";
  const { type, enum: choices, items } = schema;
  if (Array.isArray(choices)) return choicesOf(choices);
  if (type === "array") return `${typeOf(items, depth + 1)}[]`;
  if (typeof type === "string") return type;
  const alternatives: unknown = Array.isArray(type) ? type : (schema["anyOf"] ?? schema["oneOf"]);
  if (!Array.isArray(alternatives)) return "any";
  const types = alternatives.map((one) => (typeof one === "string" ? one : typeOf(one, depth + 1)));
  return joined(types) ?? "any";
}

function choicesOf(choices: readonly unknown[]): string {
  const isText = choices.every((one) => typeof one === "string");
  return (isText ? joined(choices.map(String)) : undefined) ?? (isText ? "string" : "any");
}

/** Undefined when it would be longer than it is useful. */
function joined(names: readonly string[]): string | undefined {
  const text = [...new Set(names)].join("|");
  return text === "" || text.length > MAX_TYPE_CHARS ? undefined : text;
}

function noteOf(schema: unknown): string {
  if (!isRecord(schema) || typeof schema["description"] !== "string") return "";
  return schema["description"].slice(0, MAX_NOTE);
}
