/** Sets or removes one server in a client's JSON, touching nothing else: comments, order and spacing stay. */
import { applyEdits, modify, parse, type FormattingOptions, type ParseError } from "jsonc-parser";
import { isRecord, FlotillaError } from "../../protocol/index.ts";

export interface Change {
  list: readonly string[];
  name: string;
  /** undefined removes. */
  entry: Record<string, unknown> | undefined;
}

/** The new text; the same text when nothing has to change. */
export function editJson(text: string, { list, name, entry }: Change): string {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = text.slice(bom.length);
  const source = body.trim() === "" ? "{}\n" : body;
  const errors: ParseError[] = [];
  const value: unknown = parse(source, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isRecord(value)) {
    throw new FlotillaError("config_invalid", "The client's file is not valid JSON.", {
      hint: "Mend it first; it has not been touched.",
    });
  }
  const path = [...list, name];
  const before = at(value, path);
  if (same(before, entry)) return text;
  const formattingOptions = formattingOf(source);
  const edits = modify(source, path, entry, {
    formattingOptions,
    getInsertionIndex: (keys) => keys.length,
  });
  return bom + applyEdits(source, edits);
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const part of path)
    here = isRecord(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  return here;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** As the file is written already; two spaces where it does not tell. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const tabs = indent.startsWith("\t");
  return {
    insertSpaces: !tabs,
    tabSize: tabs ? 1 : Math.min(8, indent.length),
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    insertFinalNewline: text.endsWith("\n"),
  };
}
