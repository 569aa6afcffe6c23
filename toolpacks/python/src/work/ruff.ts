/** Ruff as a function of texts: findings with their edits, and formatted text. */
import { InputProblem } from "flotilla/worker/review";
import { engines } from "#engines";
import type { RuffBindings } from "../engines/contract.ts";
import table from "../data/ruff-rules.gen.json" with { type: "json" };
import { refuseTooDeep } from "./depth.ts";

/** From 1; columns in UTF-16 units. */
export interface Place {
  row: number;
  column: number;
}
export interface Edit {
  content: string | null;
  location: Place;
  end_location: Place;
}
export interface Diagnostic {
  /** `invalid-syntax` for text that is no Python, or none of the target version. */
  code: string | null;
  message: string;
  start_location: Place;
  end_location: Place;
  fix: { message: string | null; edits: Edit[] } | null;
}

/** The keys of `[tool.ruff]`. */
export type RuffOptions = Record<string, unknown>;

export interface Ruff {
  /** Throws `InputProblem` for text that nests too deeply; invalid syntax is a finding. */
  check(file: string, text: string): Diagnostic[];
  /** Throws `InputProblem` for text that cannot be parsed. */
  format(file: string, text: string): string;
  close(): void;
}

/** Opens ruff with options. Rejects with `InputProblem` when it does not take them. Call `close` when done. */
export type OpenRuff = (options: RuffOptions) => Promise<Ruff>;

/** Loads with the first use. A trap leaves an instance's stack and memory as they were: the next user gets another. */
export function createRuff(): OpenRuff {
  let copy = 0;
  let bindings: Promise<RuffBindings> | undefined;
  const trapped = (): void => {
    copy += 1;
    bindings = undefined;
  };
  return async (options) => {
    const { Workspace, PositionEncoding } = await (bindings ??= engines.ruff(copy));
    const workspace = guarded(
      () => new Workspace(options, PositionEncoding.Utf16),
      (message) => new InputProblem(`Ruff does not take these settings: ${message}`),
      trapped,
    );
    return {
      check(file, text) {
        refuseTooDeep(file, text);
        return guarded(
          () => {
            const found: Diagnostic[] = workspace.check(text);
            return found.map(coded);
          },
          (message) => new InputProblem(message, { location: { file } }),
          trapped,
        );
      },
      format(file, text) {
        refuseTooDeep(file, text);
        return guarded(
          () => workspace.format(text),
          (message) => syntaxProblem(file, text, message),
          trapped,
        );
      },
      close: () => workspace.free(),
    };
  };
}

const CODES = new Map(Object.entries(table.names).map(([code, name]) => [name, code]));

/** In preview mode ruff calls rules by name; the code is what stays the same. */
function coded(diagnostic: Diagnostic): Diagnostic {
  const { code } = diagnostic;
  return { ...diagnostic, code: code === null ? null : (CODES.get(code) ?? code) };
}

function guarded<T>(
  work: () => T,
  problem: (message: string) => InputProblem,
  trapped: () => void,
): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) {
      throw problem(messageOf(error));
    }
    trapped();
    throw new InputProblem("The code nests too deeply to be read safely.", {
      hint: "Leave out files that a program wrote.",
    });
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Error: /, "").slice(0, 500);
}

/** `… at byte range 6..7` as line and column. */
function syntaxProblem(file: string, text: string, message: string): InputProblem {
  const [, words = message, offset] = /^(.*) at byte range (\d+)\.\.\d+$/s.exec(message) ?? [];
  if (offset === undefined) return new InputProblem(words, { location: { file } });
  const before = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, Number(offset)));
  const lines = before.split("\n");
  return new InputProblem(`This is no valid Python: ${words}.`, {
    location: { file, line: lines.length, column: (lines.at(-1) ?? "").length + 1 },
    hint: "Formatting needs code that can be parsed.",
  });
}
