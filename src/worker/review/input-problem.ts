/** Where in the caller's input something is wrong. Lines and columns from 1. */
export interface ProblemPlace {
  file?: string;
  line?: number;
  column?: number;
}

export interface ProblemFacts {
  location?: ProblemPlace;
  /** The part that is wrong, shortened. */
  evidence?: string;
  /** What to do about it. */
  hint?: string;
}

/** What is wrong with the input, in words for the caller. Crosses from threads by its name and `data`. */
export class InputProblem extends Error {
  override readonly name = "InputProblem";
  readonly data: ProblemFacts;
  constructor(message: string, facts: ProblemFacts = {}) {
    super(message);
    this.data = facts;
  }
}

/** The problem as lines for the model; undefined for every other error. */
export function problemText(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "InputProblem") return undefined;
  const { location, evidence, hint } = factsOf(error);
  const at = location === undefined ? undefined : placeText(location);
  return [
    error.message,
    ...(at === undefined ? [] : [`at ${at}`]),
    ...(evidence === undefined || evidence === "" ? [] : [`in: ${evidence}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join("\n");
}

function factsOf(error: Error): ProblemFacts {
  const data: unknown = "data" in error ? error.data : undefined;
  return typeof data === "object" && data !== null ? data : {};
}

function placeText({ file, line, column }: ProblemPlace): string | undefined {
  if (line === undefined) return file;
  const at = `line ${line}${column === undefined ? "" : `, column ${column}`}`;
  return file === undefined ? at : `${file}, ${at}`;
}
