/** Pairs of equal places, put together: what stands in three places is one finding, not three. */
import type { IClone } from "@jscpd/core";

export interface DuplicatePlace {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}
export interface DuplicateGroup {
  rule: "duplicate-code";
  format: string;
  lines: number;
  tokens: number;
  places: DuplicatePlace[];
  /** The first lines of it. */
  fragment: string;
}

const FRAGMENT_LINES = 8;

export function groupsOf(
  clones: readonly IClone[],
  texts: ReadonlyMap<string, string>,
): DuplicateGroup[] {
  const groups = new Map<string, DuplicateGroup>();
  for (const clone of clones) {
    const { format, duplicationA, duplicationB } = clone;
    const text = texts.get(duplicationB.sourceId) ?? "";
    const fragment = text.slice(...duplicationB.range);
    const key = `${format}\n${fragment.replaceAll(/\s+/g, " ")}`;
    const a = placeOf(duplicationA);
    const b = placeOf(duplicationB);
    const known = groups.get(key);
    if (known !== undefined) {
      for (const place of [b, a])
        if (!known.places.some((one) => isSame(one, place))) known.places.push(place);
      continue;
    }
    groups.set(key, {
      rule: "duplicate-code",
      format,
      lines: duplicationA.end.line - duplicationA.start.line + 1,
      tokens: (duplicationA.end.position ?? 0) - (duplicationA.start.position ?? 0),
      places: [b, a],
      fragment: fragment.split("\n", FRAGMENT_LINES).join("\n").slice(0, 600),
    });
  }
  return [...groups.values()].toSorted((a, b) => weightOf(b) - weightOf(a));
}

function placeOf({ sourceId, start, end }: IClone["duplicationA"]): DuplicatePlace {
  return {
    file: sourceId,
    line: start.line,
    column: start.column ?? 1,
    endLine: end.line,
    endColumn: end.column ?? 1,
  };
}

function isSame(a: DuplicatePlace, b: DuplicatePlace): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

const weightOf = ({ tokens, places }: DuplicateGroup): number => tokens * (places.length - 1);
