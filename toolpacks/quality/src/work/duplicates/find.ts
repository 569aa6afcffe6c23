/** Copied code, found by jscpd's tokenizer and detector, put together to groups of equal places. */
import { Detector, MemoryStore, getModeByName } from "@jscpd/core";
import type { IClone, IOptions } from "@jscpd/core";
import { Tokenizer, getFormatByFile } from "@jscpd/tokenizer";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { groupsOf } from "./groups.ts";
import type { DuplicateGroup, DuplicatePlace } from "./groups.ts";

export interface DuplicateOptions {
  /** Shorter copies are not reported. Default 50. */
  minTokens?: number | undefined;
  /** Default 5. */
  minLines?: number | undefined;
  /** mild (default) leaves out blank lines; weak also comments; strict nothing. */
  mode?: "strict" | "mild" | "weak" | undefined;
  ignore?: string[] | undefined;
}

export interface DuplicatesAnswer extends FindingReport {
  files: number;
  /** Of all files that were read. */
  lines: number;
  duplicatedLines: number;
  percentage: number;
  /** The largest first. */
  duplicates: DuplicateGroup[];
}

const MAX_GROUPS = 200;
/** Longer lines are minified or data, not code that somebody copied. */
const MAX_LINE = 10_000;

export function isTokenizable(path: string): boolean {
  return formatOf(path) !== undefined;
}

/** Also says that a name such as `constructor` is no format. */
function formatOf(path: string): string | undefined {
  const format: unknown = getFormatByFile(path);
  return typeof format === "string" ? format : undefined;
}

export async function findDuplicates(
  files: readonly (readonly [path: string, text: string])[],
  { minTokens = 50, minLines = 5, mode = "mild", ignore }: DuplicateOptions,
): Promise<DuplicatesAnswer> {
  const texts = new Map(files);
  const options: IOptions = { minTokens, minLines, maxLines: 1_000_000, mode: getModeByName(mode) };
  const detector = new Detector(new Tokenizer(), new MemoryStore(), [], options);
  const clones: IClone[] = [];
  for (const [path, text] of files) {
    const format = formatOf(path);
    if (format === undefined || hasLongLine(text)) continue;
    clones.push(...(await detector.detect(path, text, format)));
  }
  const groups = groupsOf(clones, texts);
  const lines = files.reduce((sum, [, text]) => sum + lineCount(text), 0);
  const duplicatedLines = duplicatedOf(groups);
  return {
    files: files.length,
    lines,
    duplicatedLines,
    percentage: lines === 0 ? 0 : Math.round((duplicatedLines / lines) * 10_000) / 100,
    duplicates: groups.slice(0, MAX_GROUPS),
    ...reportOf(groups.map(findingOf), { ignore }),
  };
}

function hasLongLine(text: string): boolean {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    if ((end === -1 ? text.length : end) - from > MAX_LINE) return true;
    if (end === -1) return false;
    from = end + 1;
  }
  return false;
}

function lineCount(text: string): number {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Lines that would go if each copy but the first were taken out. */
function duplicatedOf(groups: readonly DuplicateGroup[]): number {
  const seen = new Map<string, Set<number>>();
  for (const { places } of groups) {
    for (const { file, line, endLine } of places.slice(1)) {
      const lines = seen.get(file) ?? new Set();
      seen.set(file, lines);
      for (let at = line; at <= endLine; at += 1) lines.add(at);
    }
  }
  return [...seen.values()].reduce((sum, lines) => sum + lines.size, 0);
}

function findingOf({ rule, lines, tokens, places }: DuplicateGroup): Finding {
  const [first, ...others] = places;
  const isOneFile = others.every(({ file }) => file === first?.file);
  return {
    rule,
    severity: tokens >= 200 || places.length > 3 ? "error" : "warning",
    message: `${lines} lines stand in ${places.length} places.`,
    ...(first === undefined ? {} : { location: first }),
    evidence: `${tokens} tokens; also ${others.slice(0, 5).map(textOf).join(", ")}`,
    fix: isOneFile
      ? "Move them into a function of this file, with what differs as parameters."
      : "Move them into one place that these files import.",
  };
}

const textOf = ({ file, line, endLine }: DuplicatePlace): string => `${file}:${line}-${endLine}`;
