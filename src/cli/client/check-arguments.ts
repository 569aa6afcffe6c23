/** Checks arguments against the tool's own schema before they are sent, and says what is wrong by the flag's name. */
import { Ajv, type ErrorObject, type Options } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { FlotillaError, isRecord, type ToolDefinition } from "../../protocol/index.ts";
import { didYouMean } from "../text/nearest.ts";

const OPTIONS: Options = {
  allErrors: true,
  strict: false,
  validateFormats: false,
  // Definitions come from workers: what Ajv thinks of them is not for the user's screen.
  logger: false,
};

/**
 * Throws `bad_request` naming every fault. A schema that cannot be compiled (a remote `$ref`, a broken pattern)
 * checks nothing: the worker has the last word anyway. Returns whether it was checked.
 */
export function checkArguments(tool: ToolDefinition, args: Record<string, unknown>): boolean {
  const validate = compile(tool.inputSchema);
  if (validate === undefined) return false;
  if (validate(args)) return true;
  const faults = (validate.errors ?? []).filter((error) => !isEcho(error, validate.errors ?? []));
  const words = [...new Set(faults.map(wordsOf))].slice(0, 10);
  throw new FlotillaError("bad_request", `${tool.name}: ${words.join("; ")}.`, {
    hint: hintFor(faults, tool),
    data: { faults: words },
  });
}

function compile(schema: Record<string, unknown>) {
  const draft = typeof schema["$schema"] === "string" ? schema["$schema"] : "";
  const ajv = /draft-0[467]/.test(draft) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  const { $schema: _draft, $id: _id, ...rest } = schema;
  try {
    return ajv.compile(rest);
  } catch {
    return undefined;
  }
}

/** Inside a choice every branch complains; the choice itself says it once. */
function isEcho(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  return all.some(
    (other) =>
      (other.keyword === "anyOf" || other.keyword === "oneOf") &&
      error !== other &&
      error.schemaPath.startsWith(`${other.schemaPath}/`),
  );
}

function wordsOf(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params;
  const flag = flagOf(error.instancePath);
  switch (error.keyword) {
    case "required":
      return `${flagOf(`${error.instancePath}/${String(params["missingProperty"])}`)} is missing`;
    case "additionalProperties":
      return `${flagOf(`${error.instancePath}/${String(params["additionalProperty"])}`)} is not known`;
    case "enum":
      return `${flag} must be one of ${[params["allowedValues"]].flat().map(String).join(", ")}`;
    case "type":
      return `${flag} must be of type ${[params["type"]].flat().map(String).join(" or ")}`;
    case "anyOf":
    case "oneOf":
      return `${flag} has none of the allowed forms`;
    default:
      return `${flag} ${error.message ?? "is not valid"}`;
  }
}

/** "/files/0/path" → "--files[0].path". */
function flagOf(pointer: string): string {
  const parts = pointer.split("/").slice(1);
  const names = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (names.length === 0) return "the arguments";
  return `--${names.map((name, i) => (/^\d+$/.test(name) ? `[${name}]` : i === 0 ? name : `.${name}`)).join("")}`;
}

function hintFor(faults: readonly ErrorObject[], tool: ToolDefinition): string {
  const unknown = faults.find((fault) => fault.keyword === "additionalProperties");
  const properties = tool.inputSchema["properties"];
  const typed: unknown = isRecord(unknown?.params)
    ? unknown.params["additionalProperty"]
    : undefined;
  const guess =
    typeof typed === "string" && isRecord(properties)
      ? didYouMean(typed, Object.keys(properties))
      : undefined;
  return guess ?? `See what it takes: flotilla call ${tool.name} --help`;
}
