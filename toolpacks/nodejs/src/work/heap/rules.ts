/** What in a heap is worth a second look. */
import type { Finding } from "flotilla/worker/review";
import { sizeText } from "../size-text.ts";
import type { HeapAnswer } from "./analyze.ts";

type Facts = Pick<
  HeapAnswer,
  "totalBytes" | "largest" | "detached" | "repeatedStrings" | "comparison"
>;

const KB = 1_024;
export function heapFindings(facts: Facts): Finding[] {
  return [...grown(facts), ...kept(facts), ...large(facts), ...detached(facts), ...repeated(facts)];
}

function grown({ comparison }: Facts): Finding[] {
  if (comparison === undefined || comparison.kept < 0.2) return [];
  const least = Math.max(64 * KB, comparison.earlierBytes / 100);
  return comparison.holders
    .filter(({ newBytes }) => newBytes >= least)
    .map(({ id, name, newObjects, newBytes, pathText }) => ({
      rule: "growing-holder",
      severity: newBytes * 10 >= comparison.earlierBytes ? "error" : "warning",
      message: `${name} alone keeps ${newObjects} new objects with ${sizeText(newBytes)}.`,
      object: `${name} @${id}`,
      evidence: pathText,
      fix: "Bound it, or drop what is no longer needed; a third snapshot tells whether it goes on.",
    }));
}

function kept({ comparison }: Facts): Finding[] {
  if (comparison === undefined || comparison.kept >= 0.2) return [];
  return [
    {
      rule: "other-process",
      severity: "warning",
      message: `Only ${(comparison.kept * 100).toFixed(1)} % of the earlier objects are still there: the two snapshots are hardly of one process, and what grew cannot be told.`,
      fix: "Take both from the same running process.",
    },
  ];
}

/** A single object that keeps a fifth of all alive is a place to start, whoever it is. */
function large({ totalBytes, largest }: Facts): Finding[] {
  return largest
    .filter(
      ({ retainedBytes, name, kind }) =>
        retainedBytes * 5 >= totalBytes &&
        kind === "object" &&
        !/^(global|Object \/|system )/.test(name) &&
        name !== "Object",
    )
    .map(({ id, name, retainedBytes, retainedPercent, pathText }) => ({
      rule: "large-retainer",
      severity: "info",
      message: `${name} keeps ${sizeText(retainedBytes)} alive, ${retainedPercent} % of the heap.`,
      object: `${name} @${id}`,
      evidence: pathText,
    }));
}

function detached({ detached: { count, examples } }: Facts): Finding[] {
  const [first] = examples;
  if (first === undefined) return [];
  return [
    {
      rule: "detached",
      severity: "warning",
      message: `${count} objects are cut off from their document, and still reached.`,
      object: `${first.name} @${first.id}`,
      evidence: first.pathText,
      fix: "Drop the references to nodes that were removed.",
    },
  ];
}

function repeated({ totalBytes, repeatedStrings: { wastedBytes, list } }: Facts): Finding[] {
  const [first] = list;
  if (first === undefined || wastedBytes < 1_048_576 || wastedBytes * 20 < totalBytes) return [];
  return [
    {
      rule: "repeated-strings",
      severity: "info",
      message: `Equal strings are there many times: ${sizeText(wastedBytes)} could be spared.`,
      object: first.text.slice(0, 60),
      evidence: `${first.copies} copies, ${sizeText(first.bytes)}`,
      fix: "Keep one of each: intern them where they are read.",
    },
  ];
}
