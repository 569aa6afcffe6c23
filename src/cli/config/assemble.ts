/** Puts the fleet together: configured workers, and the toolpacks that were chosen and are not configured anyway. */
import type { WorkerSpec } from "../../protocol/index.ts";
import { didYouMean } from "../text/nearest.ts";
import type { WorkerDraft } from "./draft.ts";
import { problemAt, type Problem } from "./problems.ts";
import { toolpackWorker, type Toolpack } from "./toolpacks.ts";
import type { Grants } from "./grants.ts";
import { buildWorker, type Surroundings } from "./worker-spec.ts";

export type ToolpackChoice = "all" | readonly string[];

export interface Assembled {
  workers: WorkerSpec[];
  problems: Problem[];
  warnings: Problem[];
}

interface Parts {
  drafts: readonly WorkerDraft[];
  toolpacks: readonly Toolpack[];
  choice: ToolpackChoice;
  grants: Grants;
  /** Absent when there is no file, and so no drafts. */
  surroundings?: Surroundings;
}

export function assembleFleet(parts: Parts): Assembled {
  const { drafts, surroundings } = parts;
  const result: Assembled = { workers: [], problems: [], warnings: [] };
  for (const draft of drafts) {
    if (surroundings === undefined) break;
    const built = buildWorker(draft, surroundings);
    if (built.spec === undefined) result.problems.push(...built.problems);
    else result.workers.push(built.spec);
  }
  result.problems.push(...doubledToolpacks(drafts, surroundings));
  addChosen(result, parts);
  return result;
}

function addChosen(result: Assembled, parts: Parts): void {
  const { drafts, toolpacks, choice, grants, surroundings } = parts;
  const names = new Set(drafts.map((draft) => draft.name));
  const configured = new Set(
    drafts.flatMap(({ run }) => (run.kind === "toolpack" ? [run.toolpack] : [])),
  );
  for (const toolpack of chosen(toolpacks, choice)) {
    if (configured.has(toolpack.name)) continue;
    if (!names.has(toolpack.name)) result.workers.push(toolpackWorker(toolpack, grants));
    else if (surroundings !== undefined) {
      const draft = drafts.find(({ name }) => name === toolpack.name);
      const path = draft?.path ?? [];
      const message = `takes the place of the toolpack "${toolpack.name}"`;
      const hint = "Rename the worker to have both.";
      result.warnings.push(problemAt(surroundings.source, { path, part: "key", message, hint }));
    }
  }
  if (choice === "all") return;
  const known = toolpacks.map((toolpack) => toolpack.name);
  for (const [index, name] of choice.entries()) {
    if (name !== "all" && !known.includes(name))
      result.problems.push(missing(name, { index, known, surroundings }));
  }
}

function chosen(toolpacks: readonly Toolpack[], choice: ToolpackChoice): readonly Toolpack[] {
  const all = choice === "all" || choice.includes("all");
  return toolpacks.filter(({ name, byName }) => (all && !byName) || choice.includes(name));
}

function missing(
  name: string,
  at: { index: number; known: string[]; surroundings: Surroundings | undefined },
): Problem {
  const listed =
    at.known.length === 0 ? "No toolpack is installed." : `Installed: ${at.known.join(", ")}.`;
  const hint = didYouMean(name, at.known) ?? listed;
  const message = `no toolpack "${name}" is installed`;
  if (at.surroundings === undefined) {
    return { file: "FLOTILLA_TOOLPACKS", line: 1, column: 1, path: "", message, hint };
  }
  return problemAt(at.surroundings.source, { path: ["toolpacks", at.index], message, hint });
}

/** The same tools twice under the same names would hide one another. */
function doubledToolpacks(drafts: readonly WorkerDraft[], around?: Surroundings): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const draft of drafts) {
    if (draft.run.kind !== "toolpack" || draft.naming === "prefixed") continue;
    if (seen.has(draft.run.toolpack) && around !== undefined) {
      const message = "another worker lists this toolpack's tools under the same names";
      const hint = "Give one of them naming: prefixed.";
      const path = [...draft.path, "toolpack"];
      problems.push(problemAt(around.source, { path, message, hint }));
    }
    seen.add(draft.run.toolpack);
  }
  return problems;
}
