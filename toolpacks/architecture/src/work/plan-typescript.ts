/** JavaScript to TypeScript: what others import first, so that every later module meets types. */
import type { Module, ModuleGraph } from "./graph.ts";
import { batches, folderOf, linesOf, sizeOf } from "./plan-order.ts";
import type { Plan, Step } from "./plan.ts";

const SCRIPT = /\.([cm]?js|jsx)$/;
const GENERATED = /(^|\/)(dist|build|vendor|node_modules)\/|\.(config|min)\.[cm]?js$/;

const isOld = ({ path }: Module): boolean => SCRIPT.test(path) && !GENERATED.test(path);

export function planTypescript(graph: ModuleGraph): Plan {
  const found = batches(graph, isOld);
  const preparing: Step = {
    id: "step-0",
    title: "Let both languages live side by side",
    why: "Modules can then move one by one.",
    files: [],
    lines: 0,
    size: "S",
    after: [],
    risks: [],
    done: "tsc passes with allowJs, checkJs off, strict and noEmit.",
  };
  const steps = found.map(({ id, members, after }): Step => {
    const lines = linesOf(members);
    const users = members.reduce((sum, one) => sum + one.in.size, 0);
    const old = members.filter(({ common }) =>
      common.some(({ what }) => what === "require" || what === "exports"),
    );
    return {
      id,
      title: `Type ${members.length} modules of ${folderOf(members)}`,
      why:
        users === 0
          ? "Nothing imports them; they profit from all that is typed by now."
          : `${users} imports gain types by it.`,
      files: members.map(({ path }) => path),
      lines,
      size: sizeOf(lines),
      after: after.length === 0 ? ["step-0"] : after,
      risks: [
        ...(members.length > 1 && after.includes(id)
          ? ["They import each other and move together."]
          : []),
        ...(old.length > 0
          ? [
              `${old.length} of them use require or exports, which loses types; move them to ESM on the way.`,
            ]
          : []),
      ],
      done: `Renamed (${members
        .map(({ path }) => renamed(path))
        .slice(0, 5)
        .join(", ")}${members.length > 5 ? ", …" : ""}), exports typed without any, tsc passes.`,
    };
  });
  const moving = found.reduce((sum, { members }) => sum + members.length, 0);
  return {
    ready: graph.modules.size - moving,
    steps: moving === 0 ? [] : [preparing, ...steps],
    blockers: [],
  };
}

function renamed(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return name.endsWith(".jsx") ? name.replace(/jsx$/, "tsx") : name.replace(/js$/, "ts");
}
