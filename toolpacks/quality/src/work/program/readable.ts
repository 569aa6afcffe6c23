/** Which files the compiler can read. Its service reads all at once, so one that overflows it must not get there. */
import ts from "typescript";

export interface Skipped {
  file: string;
  reason: string;
}
export type Texts = readonly (readonly [path: string, text: string])[];

const OPTIONS: ts.TranspileOptions = {
  reportDiagnostics: true,
  compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, jsx: ts.JsxEmit.Preserve },
};

export function readableOf(files: Texts): { readable: Texts; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  const readable = files.filter(([file, text]) => {
    const reason = whyNot(file, text);
    if (reason !== undefined) skipped.push({ file, reason });
    return reason === undefined;
  });
  return { readable, skipped };
}

function whyNot(file: string, text: string): string | undefined {
  try {
    // Declarations produce no code; as code they have the same syntax.
    const fileName = file.replace(/\.d(\.[cm]?ts)$/i, "$1");
    const [found] = ts.transpileModule(text, { ...OPTIONS, fileName }).diagnostics ?? [];
    if (found === undefined) return undefined;
    const at = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? 0;
    return `Line ${at + 1}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return "Nested too deeply: it was not read.";
  }
}
