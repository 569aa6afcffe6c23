/** Compose files against the official schema. The validator interprets it: no code is made, so it runs at the edge too. */
import { Validator } from "@cfworker/json-schema";
import type { OutputUnit, Schema } from "@cfworker/json-schema";
import type { Finding } from "flotilla/worker/review";
import schema from "../../../data/compose-spec.json" with { type: "json" };
import { at, isDict, nearest, text } from "../values.ts";
import type { YamlDocument } from "../yaml-text.ts";

const MAX_PROBLEMS = 100;

export function composeValidator(): Validator {
  // A copy: the validator writes into its schema, and TypeScript knows the file too exactly.
  const copy: Schema = JSON.parse(JSON.stringify(schema));
  return new Validator(copy, "2020-12", false);
}

export function schemaProblems(document: YamlDocument, validator: Validator): Finding[] {
  // A plain copy: dates become text, and objects without a prototype get one.
  const value: unknown = JSON.parse(JSON.stringify(document.value ?? null));
  const { valid, errors } = validator.validate(value);
  if (valid) return [];
  // A schema that allows no other names says so at the parent of the name.
  const holders = new Map(
    errors
      .filter(
        ({ keyword }) => keyword === "additionalProperties" || keyword === "unevaluatedProperties",
      )
      .map(({ instanceLocation, keywordLocation }) => [instanceLocation, keywordLocation]),
  );
  const places = Map.groupBy(deepest(errors), ({ instanceLocation }) => instanceLocation);
  const found: Finding[] = [];
  for (const [pointer, here] of places) {
    const path = pathOf(pointer);
    const told = wordsFor(here, {
      value: at(value, ...path),
      path,
      holder: holders.get(pointer.slice(0, pointer.lastIndexOf("/"))) ?? "",
    });
    if (told === undefined) continue;
    found.push({
      rule: "schema",
      severity: "error",
      message: told.message,
      location: document.place(path),
      object: path.join("."),
      evidence: told.evidence,
      fix: told.fix,
      reference: "Compose specification",
    });
    if (found.length >= MAX_PROBLEMS) break;
  }
  return found;
}

/** Of the errors that contain each other, those that are no consequence of a deeper one. */
function deepest(errors: readonly OutputUnit[]): OutputUnit[] {
  const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  return leaves.filter(
    (one) =>
      !leaves.some(
        (other) => other !== one && other.instanceLocation.startsWith(`${one.instanceLocation}/`),
      ) || one.keyword === "required",
  );
}

const WRAPPERS = new Set([
  "$ref",
  "properties",
  "patternProperties",
  "allOf",
  "anyOf",
  "oneOf",
  "items",
  "additionalProperties",
  "unevaluatedProperties",
  "dependentSchemas",
  "if",
  "then",
  "else",
]);

function pathOf(pointer: string): string[] {
  return pointer
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

interface Words {
  message: string;
  fix: string;
  evidence: string;
}

interface Wrong {
  value: unknown;
  path: string[];
  /** Where the schema of the parent stands. */
  holder: string;
}

/** Undefined for what is only the consequence of another error: a name that is known after all. */
function wordsFor(
  errors: readonly OutputUnit[],
  { value, path, holder }: Wrong,
): Words | undefined {
  const name = path.at(-1) ?? "the file";
  const unknown = errors.find(({ keyword }) => keyword === "false");
  const others = errors.filter(({ keyword }) => keyword !== "false");
  if (unknown !== undefined && others.length === 0) {
    const known = knownNames(path, holder);
    if (known.includes(name)) return undefined;
    const near = nearest(name, known);
    return {
      message: `${name} is not known ${path.length > 1 ? `in ${path.slice(0, -1).join(".")}` : "here"}.`,
      fix:
        near === undefined
          ? "Remove it, or prefix it with x- to keep it as a note."
          : `Did you mean ${near}?`,
      evidence: name,
    };
  }
  const types = others.filter(({ keyword }) => keyword === "type");
  const expected = new Set(
    types.flatMap(({ error }) =>
      [...error.matchAll(/"(\w+)"/g)].slice(1).map((match) => match[1] ?? ""),
    ),
  );
  const evidence = JSON.stringify(value)?.slice(0, 120) ?? "";
  const message =
    types.length > 0
      ? `${name} must be ${[...expected].join(" or ")}.`
      : `${name}: ${(others[0]?.error ?? "").replace(/^Instance /, "").replace(/^./, (first) => first.toLowerCase())}`;
  return { message, fix: "Write it as the Compose specification says.", evidence };
}

/** Property names the schema has where the misspelt one stands. */
function knownNames(path: string[], keywordLocation: string): string[] {
  if (path.length === 3 && path[0] === "services") {
    const { service, container_spec: container, workload_spec: workload } = schema.$defs;
    return [service, container, workload].flatMap((one) =>
      "properties" in one ? Object.keys(one.properties) : [],
    );
  }
  const properties: unknown = at(schemaAt(keywordLocation), "properties");
  return isDict(properties) ? Object.keys(properties) : [];
}

/** The schema a keyword belongs to; `$ref` steps are followed. */
function schemaAt(keywordLocation: string): unknown {
  let found: unknown = schema;
  const steps = pathOf(keywordLocation).slice(0, -1);
  for (const step of steps) {
    const name = step === "$ref" ? text(at(found, "$ref")) : undefined;
    found =
      name === undefined
        ? at(found, Array.isArray(found) ? Number(step) : step)
        : at(schema, ...pathOf(name));
  }
  return found;
}
