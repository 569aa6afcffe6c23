/** What in a code base stops the event loop, or fails where nobody sees it. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readSource } from "./ast.ts";
import type { Source } from "./ast.ts";
import { blockingFindings } from "./blocking.ts";
import { callsOf } from "./calls.ts";
import { promiseFindings } from "./promises.ts";
import { regexFindings } from "./regexes.ts";
import { streamFindings } from "./streams.ts";

export interface HazardsInput {
  ignore?: string[];
}
export interface HazardsAnswer extends FindingReport {
  files: number;
  functions: number;
  /** Functions that requests reach, with the way there. */
  requestPaths: { function: string; file: string; line: number; way: string[] }[];
}

const MAX_LISTED = 100;

export function findHazards(
  { ignore = [] }: HazardsInput,
  files: Readonly<Record<string, string>>,
): HazardsAnswer {
  const sources: Source[] = [];
  const broken: Finding[] = [];
  const code = Object.entries(files).filter(
    ([file]) => /\.[mc]?[jt]sx?$/.test(file) && !/\.d\.[mc]?ts$/.test(file),
  );
  if (code.length === 0)
    throw new InputProblem("There is no JavaScript or TypeScript among the files.", {
      hint: "Pass files that end in .js, .mjs, .cjs, .jsx, .ts or .tsx.",
    });
  for (const [file, text] of code) {
    const read = readSource(file, text);
    if ("nodes" in read) sources.push(read);
    else
      broken.push({
        rule: "syntax-error",
        severity: "error",
        message: read.problem.slice(0, 300),
        object: file,
        location: { file, line: read.line, column: read.column },
      });
  }
  const calls = callsOf(sources, files);
  const findings = sources.flatMap((source) => [
    ...blockingFindings(source, calls),
    ...promiseFindings(source, calls),
    ...streamFindings(source),
    ...regexFindings(source),
  ]);
  const reached = calls.functions.flatMap(({ way, name, source, node }) =>
    way === undefined
      ? []
      : [{ function: name, file: source.file, line: source.at(node.start).line, way }],
  );
  return {
    files: sources.length,
    functions: calls.functions.length,
    requestPaths: reached.slice(0, MAX_LISTED),
    ...reportOf([...broken, ...findings], { ignore }),
  };
}
