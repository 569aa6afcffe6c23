/** Lints OpenAPI and AsyncAPI documents by Redocly's rules, which read only what they are given here. */
import {
  BaseResolver,
  ResolveError,
  Source,
  createConfig,
  lintFromString,
} from "@redocly/openapi-core";
import type { NormalizedProblem } from "@redocly/openapi-core";
import { InputProblem } from "flotilla/worker/review";
import { readBundle, reportIn } from "../lib/document.ts";
import type { Bundle, Draft } from "../lib/document.ts";
import type { FindingReport } from "flotilla/worker/review";
import type { DocumentInput } from "../lib/inputs.ts";
import { text } from "../lib/values.ts";
import { fixOf } from "./lint-fixes.ts";

export type LintLevel = "minimal" | "recommended" | "strict" | "spec";
export interface LintInput extends DocumentInput {
  ruleset?: LintLevel;
  /** Single rules by id, on top of the ruleset. */
  rules?: Record<string, "error" | "warn" | "off">;
  ignore?: string[];
}
export interface LintAnswer extends FindingReport {
  specification: string;
  ruleset: LintLevel;
  files: number;
}

const HOME = "/in/";

export async function lint(input: LintInput): Promise<LintAnswer> {
  const bundle = readBundle(input);
  const specification = specificationOf(bundle);
  const ruleset = input.ruleset ?? "recommended";
  const config = await configOf(ruleset, input.rules ?? {});
  const body = bundle.files.get(bundle.root.file)?.body ?? "";
  const problems = await lintFromString({
    source: body,
    // A name that ends in .graphql would be read as GraphQL.
    absoluteRef: HOME + bundle.root.file.replace(/\.(graphqls?|gql)$/i, ".yaml"),
    config,
    externalRefResolver: new GivenFiles(bundle),
  });
  const drafts = problems
    .filter(({ ignored }) => ignored !== true)
    .map((one) => draftOf(bundle, one));
  return {
    specification,
    ruleset,
    files: bundle.files.size,
    ...reportIn(bundle, drafts, input.ignore),
  };
}

async function configOf(ruleset: LintLevel, rules: NonNullable<LintInput["rules"]>) {
  const name = ruleset === "strict" ? "recommended-strict" : ruleset;
  try {
    return await createConfig({ extends: [name], rules });
  } catch (error) {
    throw new InputProblem(`rules: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function specificationOf(bundle: Bundle): string {
  const { openapi, swagger, asyncapi } = bundle.root.value;
  const known = [
    { name: "OpenAPI", version: text(openapi), ok: /^3\.[0-2](\.|$)/ },
    { name: "Swagger", version: text(swagger), ok: /^2\.0$/ },
    { name: "AsyncAPI", version: text(asyncapi), ok: /^[23]\.\d+\.\d+/ },
  ].find(({ version }) => version !== undefined);
  if (known === undefined) {
    throw new InputProblem(
      `${bundle.root.file}: expected "openapi": "3.x" or "asyncapi": "2.x" or "3.x" at the top (in quotes, as text).`,
    );
  }
  if (known.ok.test(known.version ?? "")) return `${known.name} ${known.version}`;
  throw new InputProblem(
    `${bundle.root.file}: ${known.name} ${known.version} is not known here; OpenAPI 3.0 to 3.2, Swagger 2.0, AsyncAPI 2 and 3 are.`,
  );
}

/** Serves the given files by name, and nothing from disk or network. */
class GivenFiles extends BaseResolver {
  readonly #bundle: Bundle;
  constructor(bundle: Bundle) {
    super();
    this.#bundle = bundle;
  }
  override loadExternalRef(absoluteRef: string): Promise<Source> {
    const name = absoluteRef.startsWith(HOME) ? absoluteRef.slice(HOME.length) : undefined;
    const found = name === undefined ? undefined : this.#bundle.files.get(name);
    if (found !== undefined) return Promise.resolve(new Source(absoluteRef, found.body));
    const why = `${name ?? absoluteRef} is not among the given files; nothing is read from disk or network`;
    return Promise.reject(new ResolveError(new Error(why)));
  }
}

function draftOf(bundle: Bundle, problem: NormalizedProblem): Draft {
  const [where] = problem.location;
  const file = (where?.source.absoluteRef ?? "").slice(HOME.length);
  const name = bundle.files.has(file) ? file : bundle.root.file;
  const path = (where?.pointer ?? "")
    .replace(/^#?\//, "")
    .split("/")
    .filter(Boolean)
    .map(unescaped);
  const node = { file: name, path };
  const fix = fixOf(bundle, problem, node);
  const from = problem.from?.pointer;
  const evidence = from === undefined ? undefined : `referred to from ${from}`;
  return {
    rule: problem.ruleId,
    severity: problem.severity === "error" ? "error" : "warning",
    message: problem.message.replaceAll("\n", " ").trim(),
    node,
    ...(evidence === undefined ? {} : { evidence }),
    ...fix,
    ...objectOf(path),
  };
}

function unescaped(key: string): string | number {
  const plain = key.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(plain) && plain.length < 6 ? Number(plain) : plain;
}

/** `GET /pets` when the place is inside an operation, else the component's name. */
function objectOf(path: readonly (string | number)[]): { object?: string } {
  const [section, first, second] = path.map(String);
  if (first === undefined) return {};
  if (section === "paths" && second !== undefined && second !== "parameters") {
    return { object: `${second.toUpperCase()} ${first}` };
  }
  if (section === "components" && second !== undefined) return { object: `${first}.${second}` };
  return section === "paths" || section === "channels" || section === "operations"
    ? { object: first }
    : {};
}
