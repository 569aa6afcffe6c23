/** Checks values against schemas of the document; each schema is compiled once. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Bundle, Node } from "../lib/document.ts";
import { isDict, shown } from "../lib/values.ts";
import type { Direction } from "./diff-schema.ts";
import { idOf } from "./schema-view.ts";
import { standalone } from "./standalone.ts";

export interface Mismatch {
  /** JSON pointer into the value. */
  pointer: string;
  message: string;
  /** The value there. */
  found: string;
}
export interface Validator {
  /** Throws when the schema itself cannot be used. */
  check: (node: Node, value: unknown, direction: Direction) => Mismatch[];
}

const MAX_ERRORS = 20;

export function createValidator(bundle: Bundle): Validator {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, validateSchema: false });
  // The package is CommonJS: its plugin comes directly or as a `default`, by who loads it.
  const plugin: unknown = isDict(formats) || typeof formats === "function" ? formats : undefined;
  const add =
    typeof plugin === "function" ? plugin : isDict(plugin) ? plugin["default"] : undefined;
  if (typeof add === "function") add(ajv);
  const compiled = new Map<string, ValidateFunction | Error>();
  return {
    check(node, value, direction) {
      const key = `${direction} ${idOf(node)}`;
      let validate = compiled.get(key);
      if (validate === undefined) {
        validate = compile(ajv, standalone(bundle, node, direction));
        compiled.set(key, validate);
      }
      if (validate instanceof Error) throw validate;
      if (validate(value)) return [];
      return mismatches(validate.errors ?? [], value);
    },
  };
}

function compile(ajv: Ajv2020, schema: object): ValidateFunction | Error {
  try {
    return ajv.compile(schema);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The branches of a failed `oneOf` say more than that it failed; both are told, the deepest first. */
function mismatches(errors: readonly ErrorObject[], value: unknown): Mismatch[] {
  const told = new Map<string, Mismatch>();
  for (const error of errors) {
    if (error.keyword === "if") continue;
    const pointer = error.instancePath;
    const message = wordsOf(error);
    told.set(`${pointer} ${message}`, {
      pointer,
      message,
      found: shown(JSON.stringify(valueAt(value, pointer)) ?? "nothing"),
    });
    if (told.size >= MAX_ERRORS) break;
  }
  return [...told.values()];
}

function wordsOf({ message = "does not fit", params, keyword }: ErrorObject): string {
  const given: Record<string, unknown> = params;
  if (keyword === "additionalProperties")
    return `has "${String(given["additionalProperty"])}", which is not described`;
  if (keyword === "enum") return `must be one of ${shown(given["allowedValues"])}`;
  if (keyword === "const") return `must be ${shown(given["allowedValue"])}`;
  return message;
}

function valueAt(value: unknown, pointer: string): unknown {
  let here = value;
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.hasOwn(here, key) ? Reflect.get(here, key) : undefined;
  }
  return here;
}
