/**
 * Sets or removes one table in a client's TOML. The text is cut at table headers only, and the result is parsed and
 * compared: if anything but the one table changed (a header inside a long text, say), the file is left alone.
 */
import { isDeepStrictEqual } from "node:util";
import { parse, stringify, TomlError } from "smol-toml";
import { FlotillaError, isRecord } from "../../protocol/index.ts";
import type { Change } from "./edit-json.ts";

export function editToml(text: string, { list, name, entry }: Change): string {
  const key = list[0] ?? "";
  const before = read(text);
  const tables = isRecord(before[key]) ? before[key] : {};
  if (isDeepStrictEqual(tables[name], entry)) return text;
  const without = Object.hasOwn(tables, name) ? cutTable(text, key, name) : text;
  const after =
    entry === undefined ? without : appendTable(without, stringify({ [key]: { [name]: entry } }));
  const { [name]: _old, ...others } = tables;
  const rest = entry === undefined ? others : { ...others, [name]: entry };
  const wanted = { ...before, [key]: rest };
  if (!isDeepStrictEqual(plain(read(after)), plain(dropEmpty(wanted, key, read(after))))) {
    throw new FlotillaError("config_invalid", "This file cannot be changed safely.", {
      hint: `Change [${key}.${name}] by hand; the file has not been touched.`,
    });
  }
  return after;
}

function read(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new FlotillaError(
      "config_invalid",
      `The client's file is not valid TOML (line ${error.line}).`,
      {
        hint: "Mend it first; it has not been touched.",
      },
    );
  }
}

/** From the table's header, with its sub-tables, to the next header of another. */
function cutTable(text: string, key: string, name: string): string {
  const lines = text.split(/(?<=\n)/);
  const own = new RegExp(`^\\s*\\[\\s*${escape(key)}\\s*\\.\\s*"?${escape(name)}"?\\s*(\\]|\\.)`);
  const kept: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (/^\s*\[/.test(line)) inside = own.test(line);
    if (!inside) kept.push(line);
  }
  return kept.join("").replace(/\n{3,}/g, "\n\n");
}

function appendTable(text: string, table: string): string {
  if (text.trim() === "") return `${table.trim()}\n`;
  return `${text.replace(/\n*$/, "\n")}\n${table.trim()}\n`;
}

/** Taking the last table out takes its parent out too. */
function dropEmpty(wanted: Record<string, unknown>, key: string, after: Record<string, unknown>) {
  const empty = isRecord(wanted[key]) && Object.keys(wanted[key]).length === 0;
  if (!empty || Object.hasOwn(after, key)) return wanted;
  const { [key]: _gone, ...rest } = wanted;
  return rest;
}

/** Parsed tables have no prototype; for the comparison only their content counts. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
