/** The whole of JSON Schema 2020-12 through ajv; loaded on the first call of a tool whose schema needs it. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject } from "ajv/dist/2020.js";
import { FlotillaError, messageOf } from "../protocol/index.ts";
import type { JsonSchema } from "../protocol/index.ts";
import type { SchemaProblem } from "./schema-check.ts";

export function compileFull(json: JsonSchema, owner: string): (value: unknown) => SchemaProblem[] {
  // Network references are never fetched (MCP basic/index, JSON Schema usage): ajv only knows what it is given.
  const ajv = new Ajv2020({
    strict: false,
    ownProperties: true,
    validateFormats: false,
    logger: false,
  });
  try {
    const validate = ajv.compile(json);
    return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problemOf));
  } catch (error) {
    if (error instanceof EvalError) throw forbidden(owner);
    throw new FlotillaError(
      "config_invalid",
      `The schema of ${owner} is not usable: ${messageOf(error)}`,
    );
  }
}

/** The validator makes code from a schema, which workerd and strict content policies do not run. */
function forbidden(owner: string): FlotillaError {
  return new FlotillaError(
    "not_supported",
    `The schema of ${owner} needs a validator that this runtime forbids.`,
    { hint: "Keep to types, required, enum, ranges and lengths, or give a Standard Schema." },
  );
}

function problemOf(error: ErrorObject): SchemaProblem {
  const missing: unknown = error.params["missingProperty"];
  if (typeof missing === "string") {
    return { path: `${error.instancePath}/${missing}`, message: "is missing" };
  }
  const unknown: unknown = error.params["additionalProperty"];
  if (typeof unknown === "string") {
    return { path: `${error.instancePath}/${unknown}`, message: "is not known here" };
  }
  const allowed: unknown = error.params["allowedValues"];
  const list = Array.isArray(allowed)
    ? `: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`
    : "";
  return { path: error.instancePath, message: `${error.message ?? "does not fit"}${list}` };
}
