import { FlotillaError, isToolName } from "../protocol/index.ts";
import type { CallToolResult, ToolDefinition } from "../protocol/index.ts";
import type { Tool, ToolOutcome, ToolSpec, Worker, WorkerSpec } from "./contract.ts";
import { text } from "./results.ts";
import { InputError, schemaOf } from "./schema.ts";

export const DEFAULT_TIME_LIMIT_MS = 60_000;
export const DEFAULT_MAX_CONCURRENT = 16;

/** One tool. Throws `config_invalid` at once for what could never work, so that a mistake shows at the first start. */
export function defineTool<Input = Record<string, unknown>>(spec: ToolSpec<Input>): Tool {
  if (!isToolName(spec.name))
    throw invalid(`"${spec.name}" is no tool name.`, "Use A-Z a-z 0-9 _ . - only.");
  const input = schemaOf<Input>(spec.input, "input", spec.name);
  if (input.json["type"] !== "object") {
    throw invalid(`The input schema of ${spec.name} must have "type": "object".`);
  }
  const output = spec.output === undefined ? undefined : schemaOf(spec.output, "output", spec.name);
  return {
    definition: definitionOf(spec, input.json, output?.json),
    examples: spec.examples ?? [],
    timeLimitMs: spec.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    maxConcurrent: spec.maxConcurrent ?? DEFAULT_MAX_CONCURRENT,
    async call(args, context) {
      const checked = await input.check(args);
      if (!checked.ok) throw new InputError(spec.name, checked.problems);
      return resultOf(await spec.run(checked.value, context));
    },
    async checkOutput(value) {
      if (output === undefined) return undefined;
      const checked = await output.check(value);
      if (checked.ok) return undefined;
      return checked.problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ");
    },
  };
}

function definitionOf<Input>(
  spec: ToolSpec<Input>,
  input: ToolDefinition["inputSchema"],
  output: ToolDefinition["outputSchema"],
): ToolDefinition {
  const { name, title, description, annotations, icons } = spec;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    description,
    inputSchema: input,
    ...(output === undefined ? {} : { outputSchema: output }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(icons === undefined ? {} : { icons }),
  };
}

function resultOf(outcome: ToolOutcome): CallToolResult {
  return typeof outcome === "string" ? text(outcome) : outcome;
}

/** A worker from its parts. Throws `config_invalid` when two parts claim one name. */
export function defineWorker(spec: WorkerSpec): Worker {
  const tools = spec.tools ?? [];
  const prompts = spec.prompts ?? [];
  const resources = spec.resources ?? [];
  const resourceTemplates = spec.resourceTemplates ?? [];
  unique(
    "tools",
    tools.map((tool) => tool.definition.name),
  );
  unique(
    "prompts",
    prompts.map((prompt) => prompt.name),
  );
  unique(
    "resources",
    resources.map((resource) => resource.uri),
  );
  unique(
    "resource templates",
    resourceTemplates.map((template) => template.uriTemplate),
  );
  const { name, version, title } = spec;
  const info = { name, version, ...(title === undefined ? {} : { title }) };
  return { ...spec, tools, prompts, resources, resourceTemplates, info };
}

function unique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(`Two ${what} are called "${name}".`, "Rename one of them.");
    seen.add(name);
  }
}

function invalid(message: string, hint?: string): FlotillaError {
  return new FlotillaError("config_invalid", message, hint === undefined ? {} : { hint });
}
