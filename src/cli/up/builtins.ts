/** Workers that live inside this process: the coordinator's tools, offered as the worker `coordinator`. */
import type { CoordinatorTool } from "../../coordinator/index.ts";
import {
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  isFlotillaError,
  messageOf,
  type MessageLink,
  type WorkerSpec,
} from "../../protocol/index.ts";
import {
  catalogOf,
  connectWorker,
  defineTool,
  defineWorker,
  failure,
  structured,
  type Tool,
  type Worker,
} from "../../worker/index.ts";

export interface Builtins {
  /** The workers as parts of the wanted fleet. */
  readonly specs: readonly WorkerSpec[];
  /** A new link to the worker of that name; undefined when it is no builtin. */
  connect(worker: string): MessageLink | undefined;
}

export function createBuiltins(workers: readonly Worker[]): Builtins {
  const byName = new Map(workers.map((worker) => [worker.name, worker]));
  return {
    specs: workers.map(specOf),
    connect(name) {
      const worker = byName.get(name);
      return worker === undefined ? undefined : connectWorker(worker);
    },
  };
}

function specOf(worker: Worker): WorkerSpec {
  return {
    name: worker.name,
    revision: worker.version,
    run: { kind: "builtin" },
    origin: "builtin",
    naming: "verbatim",
    scale: { ...DEFAULT_SCALE, minDrones: 1 },
    limits: DEFAULT_LIMITS,
    summary: "built in",
    catalog: catalogOf(worker),
  };
}

export function coordinatorWorker(tools: readonly CoordinatorTool[], version: string): Worker {
  return defineWorker({
    name: "coordinator",
    version,
    title: "Flotilla coordinator",
    instructions: "Looks at the fleet, and starts and retires its drones.",
    tools: tools.map(asTool),
  });
}

function asTool(tool: CoordinatorTool): Tool {
  return defineTool({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    input: tool.inputSchema,
    output: tool.outputSchema,
    annotations: tool.annotations,
    async run(args, { signal }) {
      try {
        const answer = await tool.run(args, signal);
        return structured(answer.structured, answer.text);
      } catch (error) {
        const hint = isFlotillaError(error) && error.hint !== undefined ? ` ${error.hint}` : "";
        return failure(`${messageOf(error)}${hint}`);
      }
    },
  });
}
