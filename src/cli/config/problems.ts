/** What is wrong with a configuration, said so that a person can mend it: where, what was expected, what to do. */
import { FlotillaError, messageOf } from "../../protocol/index.ts";

export type Path = readonly (string | number)[];

export interface Position {
  /** Both count from 1, as editors do. */
  line: number;
  column: number;
}

/** Never holds a configured value: values may be secrets. Names of keys and variables are fine. */
export interface Problem extends Position {
  file: string;
  /** "workers.files.args[1]"; empty for the file as a whole. */
  path: string;
  message: string;
  hint?: string;
}

/** A person mends a few at a time; a hostile file must not print for ever. */
const MAX_PROBLEMS = 50;

export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part.slice(0, 80))}]`;
  }
  return text;
}

/** `flotilla.yaml:7:5 workers.files.comand: unknown key. Did you mean "command"?` */
export function formatProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : ` ${problem.path}`;
  const hint = problem.hint === undefined ? "" : `. ${problem.hint}`;
  return `${where}${path}: ${problem.message}${hint}`;
}

/** The one error a configuration fails with. All problems are in `data.problems`; the message tells the first. */
export function configError(problems: readonly Problem[]): FlotillaError {
  const ordered = problems
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column)
    .slice(0, MAX_PROBLEMS);
  const first = ordered[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const { hint: _hint, ...plain } = first ?? { ...wholeFile(""), message: "not valid" };
  return new FlotillaError("config_invalid", `${formatProblem(plain)}${more}`, {
    hint: first?.hint ?? "Mend the file; `flotilla validate` lists every problem.",
    data: { problems: ordered },
  });
}

/** The problems inside a `config_invalid` error, for those who print them one by one. */
export function problemsOf(error: FlotillaError): Problem[] {
  const problems = error.data?.["problems"];
  return Array.isArray(problems) ? problems.filter(isProblem) : [];
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "file" in value && "message" in value;
}

/** For trouble with a file that has no line: missing, unreadable, too large. */
export function fileError(
  file: string,
  problem: { message: string; hint?: string },
  cause?: unknown,
) {
  const { message, hint } = problem;
  return new FlotillaError("config_invalid", `${file}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    data: { problems: [{ ...wholeFile(file), ...problem }], reason: systemCode(cause) },
    cause,
  });
}

function wholeFile(file: string): Omit<Problem, "message"> {
  return { file, line: 1, column: 1, path: "" };
}

function systemCode(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (typeof cause === "object" && cause !== null && "code" in cause) return String(cause.code);
  return messageOf(cause);
}

/** A finding at its place. `locate` is the source's. */
export function problemAt(
  source: { file: string; locate(path: Path, part?: "key" | "value"): Position },
  finding: { path: Path; part?: "key" | "value"; message: string; hint?: string | undefined },
): Problem {
  const { path, part, message, hint } = finding;
  const said = hint === undefined ? { message } : { message, hint };
  return { file: source.file, ...source.locate(path, part), path: formatPath(path), ...said };
}
