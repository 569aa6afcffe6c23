/** Coverage as tools report it (LCOV, Istanbul, Cobertura), in one form: hits by line, and branches that were not taken. */
import { lcovParser } from "@friedemannsommer/lcov-parser/sync";
import libCoverage from "istanbul-lib-coverage";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { InputProblem } from "flotilla/worker/review";
import { visitXml } from "../../lib/xml.ts";

export interface CoveredFile {
  file: string;
  /** How often each line ran; lines without code are absent. */
  lines: Map<number, number>;
  branches: { line: number; hit: boolean }[];
}
export type CoverageFormat = "lcov" | "istanbul" | "cobertura";

export function readCoverage(
  name: string,
  text: string,
): { format: CoverageFormat; files: CoveredFile[] } {
  const start = text.trimStart().slice(0, 1);
  if (start === "{") return { format: "istanbul", files: istanbul(name, text) };
  if (start === "<") return { format: "cobertura", files: cobertura(name, text) };
  if (/^(?:TN|SF):/m.test(text.slice(0, 10_000)))
    return { format: "lcov", files: lcov(name, text) };
  throw new InputProblem("This is no coverage report.", {
    location: { file: name },
    hint: "Expected: lcov.info, Istanbul's coverage-final.json, or Cobertura XML.",
  });
}

function lcov(name: string, text: string): CoveredFile[] {
  try {
    return lcovParser({ from: text }).map(({ path, lines, branches }) => ({
      file: path,
      lines: new Map(lines.details.map(({ line, hit }) => [line, hit])),
      branches: branches.details.map(({ line, hit }) => ({ line, hit: hit > 0 })),
    }));
  } catch (error) {
    throw unreadable(name, error);
  }
}

function istanbul(name: string, text: string): CoveredFile[] {
  try {
    const data: CoverageMapData = JSON.parse(text);
    const map = libCoverage.createCoverageMap(data);
    return map.files().map((file) => {
      const one = map.fileCoverageFor(file);
      const hits = Object.entries(one.getLineCoverage());
      return {
        file,
        lines: new Map(hits.map(([line, hit]) => [Number(line), hit])),
        branches: Object.entries(one.branchMap).flatMap(([id, { loc }]) =>
          (one.b[id] ?? []).map((count) => ({ line: loc.start.line, hit: count > 0 })),
        ),
      };
    });
  } catch (error) {
    throw unreadable(name, error);
  }
}

function cobertura(name: string, text: string): CoveredFile[] {
  const files = new Map<string, CoveredFile>();
  let current: CoveredFile | undefined;
  let isReport = false;
  /** A method repeats the lines of its class. */
  let inMethods = false;
  visitXml(name, text, {
    open({ name: element, attribute }) {
      if (element === "coverage") isReport = true;
      if (element === "class") {
        const file = attribute("filename") ?? "";
        current = files.get(file) ?? { file, lines: new Map(), branches: [] };
        files.set(file, current);
      }
      if (element === "methods") inMethods = true;
      if (element !== "line" || current === undefined || inMethods) return;
      const line = Number(attribute("number"));
      if (!Number.isSafeInteger(line) || current.lines.has(line)) return;
      current.lines.set(line, Number(attribute("hits") ?? 0));
      // "50% (1/2)"
      const [, hit, all] =
        /\((\d{1,6})\/(\d{1,6})\)/.exec(attribute("condition-coverage") ?? "") ?? [];
      for (let at = 0; at < Math.min(Number(all ?? 0), 1_000); at += 1)
        current.branches.push({ line, hit: at < Number(hit) });
    },
    close(element) {
      if (element === "class") current = undefined;
      if (element === "methods") inMethods = false;
    },
  });
  if (!isReport)
    throw new InputProblem("This XML is no Cobertura report.", { location: { file: name } });
  return [...files.values()];
}

function unreadable(file: string, error: unknown): InputProblem {
  const reason = error instanceof Error ? error.message.slice(0, 200) : "";
  return new InputProblem(`The coverage report cannot be read: ${reason}`, { location: { file } });
}

/** The report's file for a path: the one with the longest common end. */
export function coverageFor(files: readonly CoveredFile[], path: string): CoveredFile | undefined {
  const wanted = partsOf(path);
  let best: CoveredFile | undefined;
  let longest = 0;
  for (const one of files) {
    const parts = partsOf(one.file);
    const max = Math.min(parts.length, wanted.length);
    let common = 0;
    while (common < max && parts.at(-1 - common) === wanted.at(-1 - common)) common += 1;
    // One of them must be the whole end of the other.
    if (common === max && common > longest) [best, longest] = [one, common];
  }
  return best;
}

function partsOf(path: string): string[] {
  return path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
}
