/** Reviews an OpenAPI document by the OWASP API Security Top 10 of 2023: who may call what, and what a caller may do. */
import { at, entriesOf, readBundle, reportIn } from "../lib/document.ts";
import type { Bundle, Draft } from "../lib/document.ts";
import type { FindingReport } from "flotilla/worker/review";
import type { DocumentInput } from "../lib/inputs.ts";
import { openapiVersion, operationsOf } from "../lib/operations.ts";
import type { Operation } from "../lib/operations.ts";
import { dict, strings } from "../lib/values.ts";
import { authRules, schemeRules } from "./security-auth.ts";
import { requestRules, responseRules } from "./security-data.ts";
import { WRITES, accessOf } from "./security-review.ts";
import type { Access, Review } from "./security-review.ts";
import { serverRules, trafficRules } from "./security-traffic.ts";

export interface SecurityInput extends DocumentInput {
  /** Operations that anybody may call on purpose: `POST /login`, or a path. */
  publicOperations?: string[];
  ignore?: string[];
}
export interface OperationCoverage {
  operation: string;
  access: Access;
  schemes: string[];
  scopes: string[];
  line: number;
}
export interface SecurityAnswer extends FindingReport {
  specification: string;
  coverage: {
    operations: number;
    public: number;
    optional: number;
    authenticated: number;
    scoped: number;
    /** Of operations that change something, the part that needs authentication; 1 when there are none. */
    protectedWrites: number;
  };
  /** Categories of the Top 10 with their number of findings. */
  owasp: Record<string, number>;
  operations: OperationCoverage[];
}

const MAX_LISTED = 1_000;

export function reviewSecurity(input: SecurityInput): SecurityAnswer {
  const bundle = readBundle(input);
  const version = openapiVersion(bundle, bundle.root.file);
  const drafts: (Draft & { owasp: string })[] = [];
  const meant = new Set(input.publicOperations ?? []);
  const review: Review = {
    bundle,
    operations: operationsOf(bundle),
    schemes: new Map(
      entriesOf(bundle, at(bundle, bundle.root, "components", "securitySchemes")).map(
        ([name, { value }]) => [name, dict(value)],
      ),
    ),
    isPublic: ({ name, path }) => meant.has(name) || meant.has(path),
    report: (draft) => void drafts.push(draft),
  };
  for (const rules of [
    schemeRules,
    authRules,
    requestRules,
    responseRules,
    trafficRules,
    serverRules,
  ]) {
    rules(review);
  }
  const kept = drafts.filter(({ rule }) => input.ignore?.includes(rule) !== true);
  const owasp: Record<string, number> = {};
  for (const one of kept) owasp[one.owasp] = (owasp[one.owasp] ?? 0) + 1;
  const listed = review.operations.map((one) => coverageOf(bundle, one));
  return {
    specification: `OpenAPI ${version}`,
    coverage: totalsOf(review.operations, listed),
    owasp: Object.fromEntries(Object.entries(owasp).toSorted(([a], [b]) => a.localeCompare(b))),
    operations: listed.slice(0, MAX_LISTED),
    ...reportIn(bundle, kept),
  };
}

function coverageOf(bundle: Bundle, operation: Operation): OperationCoverage {
  const { name, node, security } = operation;
  return {
    operation: name,
    access: accessOf(operation),
    schemes: [...new Set(security.flatMap((one) => Object.keys(one)))],
    scopes: [...new Set(security.flatMap((one) => Object.values(one).flatMap(strings)))],
    line: bundle.files.get(node.file)?.locate(node.path).line ?? 1,
  };
}

function totalsOf(
  operations: readonly Operation[],
  listed: readonly OperationCoverage[],
): SecurityAnswer["coverage"] {
  const count = (access: string): number => listed.filter((one) => one.access === access).length;
  const writes = operations.filter(({ method }) => WRITES.has(method));
  const safe = writes.filter((one) => ["authenticated", "scoped"].includes(accessOf(one)));
  return {
    operations: listed.length,
    public: count("public"),
    optional: count("optional"),
    authenticated: count("authenticated"),
    scoped: count("scoped"),
    protectedWrites:
      writes.length === 0 ? 1 : Math.round((safe.length / writes.length) * 100) / 100,
  };
}
