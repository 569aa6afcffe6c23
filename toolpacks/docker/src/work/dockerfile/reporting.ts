/** How rules tell what they found in a Dockerfile. */
import type { Finding, Severity } from "flotilla/worker/review";
import { applyEdits, diffOf } from "../edits.ts";
import type { Edit } from "../edits.ts";
import { lineStarts } from "./model.ts";
import type { DockerfileModel } from "./model.ts";

export interface Found {
  rule: string;
  severity: Severity;
  message: string;
  /** An instruction, command or word. */
  at: { start: number; end: number };
  /** The public identifier: `DL3008`. */
  reference?: string;
  object?: string;
  evidence?: string;
  fix?: string;
  edits?: Edit[];
}

export type Report = (found: Found) => void;

export interface RuleInput {
  model: DockerfileModel;
  report: Report;
}
export type Rule = (input: RuleInput) => void;

/** Beyond this, patches cost more than they help. */
const MAX_PATCHES = 60;
const MAX_EVIDENCE = 160;

/** Findings with places and patches, from what the rules found. */
export function placed(model: DockerfileModel, found: readonly Found[], file: string): Finding[] {
  const lines = lineStarts(model.source);
  let patches = 0;
  return found.map(({ at, edits, ...one }) => {
    const hasPatch = edits !== undefined && patches < MAX_PATCHES;
    if (hasPatch) patches += 1;
    const start = placeOf(lines, at.start);
    const end = placeOf(lines, at.end);
    const { evidence } = one;
    return {
      ...one,
      ...(evidence !== undefined && { evidence: shortened(evidence) }),
      location: {
        file,
        line: start.line,
        column: start.column,
        endLine: end.line,
        endColumn: end.column,
      },
      ...(hasPatch && { patch: diffOf(file, model.source, applyEdits(model.source, edits)) }),
    };
  });
}

export function placeOf(
  lines: readonly number[],
  offset: number,
): { line: number; column: number } {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_EVIDENCE ? `${line.slice(0, MAX_EVIDENCE)}…` : line;
}
