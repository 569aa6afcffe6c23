/** From one package to another: first a seam where there are many users, then the users from the leaves up. */
import { InputProblem } from "flotilla/worker/review";
import type { Module, ModuleGraph } from "./graph.ts";
import { batches, folderOf, linesOf, sizeOf } from "./plan-order.ts";
import type { Plan, Step } from "./plan.ts";

const MANY = 5;

interface Move {
  from: string;
  to: string;
}

export function planFramework(graph: ModuleGraph, move: Move): Plan {
  const { from } = move;
  const users = [...graph.modules.values()].filter((one) => usesOf(one, from).length > 0);
  if (users.length === 0) throw nobodyImports(graph, from);
  const seam = users.length < MANY ? [] : [seamStep(users, from)];
  const steps = batches(graph, (one) => usesOf(one, from).length > 0).map(
    ({ id, members, after }): Step => ({
      ...moveStep(members, move),
      id,
      after: after.length === 0 ? seam.map((one) => one.id) : after,
    }),
  );
  const last: Step = {
    id: "remove",
    title: `Remove ${from}`,
    why: "Two packages for one thing drift apart.",
    files: Object.keys(graph.files).filter((path) => path.endsWith("package.json")),
    lines: 0,
    size: "S",
    after: steps.map(({ id }) => id),
    risks: [],
    done: `${from} is in no package.json and no lockfile.`,
  };
  return {
    ready: graph.modules.size - users.length,
    steps: [...seam, ...steps, last],
    blockers: [],
  };
}

function usesOf(module: Module, from: string): { line: number; names: number }[] {
  return [...module.externals]
    .filter(([name]) => name === from || name.startsWith(`${from}/`))
    .map(([, use]) => use);
}

function nobodyImports(graph: ModuleGraph, from: string): InputProblem {
  const all = [...graph.modules.values()].flatMap(({ externals }) => [...externals.keys()]);
  const known = [...new Set(all)].slice(0, 20).join(", ");
  return new InputProblem(`from: nothing imports ${from}; imported are ${known || "no packages"}.`);
}

function seamStep(users: readonly Module[], from: string): Step {
  return {
    id: "seam",
    title: `Put one module of your own before ${from}`,
    why: `${users.length} modules import ${from}; with a seam they move one by one, and both can run at once.`,
    files: users.map(({ path }) => path).slice(0, 50),
    lines: 0,
    size: "M",
    after: [],
    risks: ["The seam must offer what is used, not all that there is."],
    done: `Only the seam imports ${from}.`,
  };
}

function moveStep(members: readonly Module[], { from, to }: Move): Omit<Step, "id" | "after"> {
  const uses = members.flatMap((one) => usesOf(one, from));
  const names = uses.reduce((sum, use) => sum + use.names, 0);
  const lines = linesOf(members);
  return {
    title: `Move ${members.length} modules of ${folderOf(members)} from ${from} to ${to}`,
    why: `They take ${names} names of ${from}; what they import has moved.`,
    files: members.map(({ path }) => path),
    lines,
    size: sizeOf(lines),
    risks: members.some((one) => one.in.size > MANY)
      ? ["Many modules import some of them: keep their exports as they are."]
      : [],
    done: `None of them imports ${from}, and their tests pass.`,
  };
}
