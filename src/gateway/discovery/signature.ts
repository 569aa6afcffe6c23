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
const MAX_ENUM_CHARS = 40;
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

function typeOf(schema: unknown): string {
  if (!isRecord(schema)) return "any";
  const { type, enum: choices, items } = schema;
  if (Array.isArray(choices)) {
    const text = choices.filter((one) => typeof one === "string").join("|");
    if (text !== "" && text.length <= MAX_ENUM_CHARS) return text;
  }
  if (type === "array") {
    const inner = isRecord(items) && typeof items["type"] === "string" ? items["type"] : "any";
    return `${inner}[]`;
  }
  return typeof type === "string" ? type : "any";
}

function noteOf(schema: unknown): string {
  if (!isRecord(schema) || typeof schema["description"] !== "string") return "";
  return schema["description"].slice(0, MAX_NOTE);
}
