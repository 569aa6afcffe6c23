/** Edits of the language service, applied to texts and given as one patch. */
import ts from "typescript";
import { patchOf } from "../../lib/patches.ts";
import type { Service } from "./service.node.ts";

export interface Change {
  patch: string;
  /** New texts by the service's own path. */
  texts: Map<string, string>;
}

/** Undefined when it changes nothing, makes a file, or what comes out cannot be parsed. */
export function changeOf(
  service: Service,
  edits: readonly ts.FileTextChanges[],
  reword: (text: string) => string = (text) => text,
): Change | undefined {
  const texts = new Map<string, string>();
  const patches: string[] = [];
  for (const { fileName, textChanges, isNewFile } of edits) {
    const source = service.language.getProgram()?.getSourceFile(fileName);
    if (source === undefined || isNewFile === true) return undefined;
    const after = applied(source.text, textChanges, reword);
    if (!parses(fileName, after)) return undefined;
    texts.set(fileName, after);
    const patch = patchOf(service.outside(fileName), source.text, after);
    if (patch !== undefined) patches.push(patch);
  }
  return patches.length === 0 ? undefined : { patch: patches.join(""), texts };
}

function applied(
  text: string,
  changes: readonly ts.TextChange[],
  reword: (text: string) => string,
): string {
  let after = text;
  for (const { span, newText } of changes.toSorted((a, b) => b.span.start - a.span.start))
    after = after.slice(0, span.start) + reword(newText) + after.slice(span.start + span.length);
  return after;
}

export function parses(path: string, text: string): boolean {
  const { diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, jsx: ts.JsxEmit.Preserve },
  });
  return diagnostics.length === 0;
}

export function formatOf(text: string): ts.FormatCodeSettings {
  const indent = /^(?<indent>\t| {2,8})\S/m.exec(text)?.groups?.["indent"] ?? "  ";
  const size = indent === "\t" ? 4 : indent.length;
  return {
    ...ts.getDefaultFormatCodeSettings(text.includes("\r\n") ? "\r\n" : "\n"),
    indentSize: size,
    tabSize: size,
    convertTabsToSpaces: indent !== "\t",
    semicolons: ts.SemicolonPreference.Ignore,
  };
}

/** The service gives up on some code by an assertion of its own: then it has no answer. */
export function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Debug Failure")) return undefined;
    throw error;
  }
}
