/** From one package to another: first a seam where there are many users, then the users from the leaves up. */
import { InputProblem } from "../lib/inputs.ts";
import type { Module, ModuleGraph } from "./graph.ts";
import { batches, folderOf, linesOf, sizeOf } from "./plan-order.ts";
import type { Plan, Step } from "./plan.ts";

const MANY = 5;

export function planFramework(
  graph: ModuleGraph,
  { from, to }: { from: string; to: string },
): Plan {
  const takes = (module: Module): { line: number; names: number }[] =>
    [...module.externals]
      .filter(([name]) => name === from || name.startsWith(`${from}/`))
      .map(([, use]) => use);
  const users = [...graph.modules.values()].filter((one) => takes(one).length > 0);
  if (users.length === 0) {
    const known = [
      ...new Set([...graph.modules.values()].flatMap(({ externals }) => [...externals.keys()])),
    ].slice(0, 20);
    throw new InputProblem(
      `from: nothing imports ${from}; imported are ${known.join(", ") || "no packages"}.`,
    );
  }
  const seam: Step[] =
    users.length < MANY
      ? []
      : [
          {
            id: "seam",
            title: `Put one module of your own before ${from}`,
            why: `${users.length} modules import ${from}; with a seam they move one by one, and both can run at once.`,
            files: users.map(({ path }) => path).slice(0, 50),
            lines: 0,
            size: "M",
            after: [],
            risks: ["The seam must offer what is used, not all that there is."],
            done: `Only the seam imports ${from}.`,
          },
        ];
  const steps = batches(graph, (one) => takes(one).length > 0).map(
    ({ id, members, after }): Step => {
      const names = members.reduce(
        (sum, one) => sum + takes(one).reduce((inner, use) => inner + use.names, 0),
        0,
      );
      const lines = linesOf(members);
      return {
        id,
        title: `Move ${members.length} modules of ${folderOf(members)} from ${from} to ${to}`,
        why: `They take ${names} names of ${from}; what they import has moved.`,
        files: members.map(({ path }) => path),
        lines,
        size: sizeOf(lines),
        after: after.length === 0 ? seam.map((one) => one.id) : after,
        risks: members.some((one) => one.in.size > MANY)
          ? ["Many modules import some of them: keep their exports as they are."]
          : [],
        done: `None of them imports ${from}, and their tests pass.`,
      };
    },
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
