/** Plans a migration from the module graph: steps in an order that keeps the code base working after each. */
import type { CodeInput } from "../lib/inputs.ts";
import { InputProblem } from "flotilla/worker/review";
import { buildGraph } from "./graph.ts";
import { planEsm } from "./plan-esm.ts";
import { planFramework } from "./plan-framework.ts";
import { planServices } from "./plan-services.ts";
import type { Service } from "./plan-services.ts";
import { planTypescript } from "./plan-typescript.ts";

export interface PlanInput extends CodeInput {
  goal: "services" | "esm" | "typescript" | "framework";
  /** For framework: the package to leave, and the one to come to. */
  from?: string;
  to?: string;
  /** For services: about how many. */
  services?: number;
}
export interface Edit {
  file: string;
  line: number;
  before: string;
  after: string;
}
export interface Step {
  id: string;
  title: string;
  why: string;
  files: string[];
  lines: number;
  size: "S" | "M" | "L" | "XL";
  /** Steps that come first. */
  after: string[];
  risks: string[];
  /** How to see that it is done. */
  done: string;
  edits?: Edit[];
}
export interface PlanAnswer {
  goal: PlanInput["goal"];
  modules: number;
  /** Modules that need no change. */
  ready: number;
  steps: Step[];
  services?: Service[];
  /** What no step can solve by itself. */
  blockers: { file: string; line: number; message: string }[];
  totals: { steps: number; files: number; lines: number; sizes: Record<Step["size"], number> };
}

const MAX_STEPS = 500;

export function planMigration(input: PlanInput): PlanAnswer {
  if (input.goal !== "services" && input.files === undefined) {
    throw new InputProblem(`The goal ${input.goal} needs files: it reads the source.`);
  }
  const graph = buildGraph(input);
  const plan = planOf(input, graph);
  const sizes = { S: 0, M: 0, L: 0, XL: 0 };
  for (const { size } of plan.steps) sizes[size] += 1;
  return {
    goal: input.goal,
    modules: graph.modules.size,
    ...plan,
    steps: plan.steps.slice(0, MAX_STEPS),
    totals: {
      steps: plan.steps.length,
      files: new Set(plan.steps.flatMap(({ files }) => files)).size,
      lines: plan.steps.reduce((sum, { lines }) => sum + lines, 0),
      sizes,
    },
  };
}

export type Plan = Pick<PlanAnswer, "ready" | "steps" | "blockers" | "services">;

function planOf(input: PlanInput, graph: ReturnType<typeof buildGraph>): Plan {
  switch (input.goal) {
    case "services":
      return planServices(graph, input.services);
    case "esm":
      return planEsm(graph);
    case "typescript":
      return planTypescript(graph);
    case "framework": {
      if (input.from === undefined || input.to === undefined)
        throw new InputProblem(
          "The goal framework needs from and to, the packages to leave and to come to.",
        );
      return planFramework(graph, { from: input.from, to: input.to });
    }
    default:
      throw new InputProblem("goal: must be services, esm, typescript or framework.");
  }
}
