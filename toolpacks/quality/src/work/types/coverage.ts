/** How much of some code has types, what takes them away, and what can be put right. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import ts from "typescript";
import { patchOf } from "../../lib/patches.ts";
import { placesOf, rangeOf } from "../../lib/places.ts";
import type { Places } from "../../lib/places.ts";
import { readableOf } from "../program/readable.ts";
import type { Skipped, Texts } from "../program/readable.ts";
import type { Service } from "../refactor/service.node.ts";
import { CASTS, castsOf } from "./casts.ts";
import type { Cast, CastRule } from "./casts.ts";
import { originOf } from "./origins.ts";
import type { Cause, Origin } from "./origins.ts";
import { surfaceOf } from "./surface.ts";
import { createTries } from "./tries.ts";
import type { Tries } from "./tries.ts";
import { countIdentifiers } from "./walk.ts";

export interface TypeCoverageOptions {
  ignore?: string[] | undefined;
  /** Percent below which the answer is an error. */
  atLeast?: number | undefined;
}
export interface TypedFile {
  file: string;
  identifiers: number;
  typed: number;
  percent: number;
}
export interface AnySource {
  file: string;
  line: number;
  column: number;
  cause: Cause;
  name: string;
  /** Identifiers that have no type because of it. */
  spread: number;
}
export interface TypeCoverageAnswer extends FindingReport {
  identifiers: number;
  typed: number;
  percent: number;
  /** The least typed first. */
  files: TypedFile[];
  /** Those that spread the most first. */
  sources: AnySource[];
  exports: { total: number; untyped: number };
  casts: Record<CastRule, number>;
  /** Modules that were not among the files. */
  unresolved: string[];
  skipped: Skipped[];
}

const MAX_SOURCES = 200;
const MAX_UNRESOLVED = 100;

interface Review {
  checker: ts.TypeChecker;
  tries: Tries;
  places: Places;
  source: ts.SourceFile;
  file: string;
  text: string;
}
interface Seen {
  files: TypedFile[];
  findings: Finding[];
  origins: Map<ts.Node, { origin: Origin; spread: number; review: Review }>;
  exports: { total: number; untyped: number };
  casts: Record<CastRule, number>;
}

/** `packages` are there for their types only. */
export function reviewTypes(
  service: Service,
  { files, packages }: { files: Texts; packages: Texts },
  { ignore, atLeast }: TypeCoverageOptions,
): TypeCoverageAnswer {
  const { readable, skipped } = readableOf(files);
  service.open([...readable, ...packages]);
  const checker = service.language.getProgram()?.getTypeChecker();
  const tries = createTries(service, readable);
  const seen: Seen = {
    files: [],
    findings: [],
    origins: new Map(),
    exports: { total: 0, untyped: 0 },
    casts: noCasts(),
  };
  for (const [file, text] of readable) {
    const source = service.source(file);
    if (source === undefined || checker === undefined) continue;
    reviewFile({ checker, tries, places: placesOf(text), source, file, text }, seen);
  }
  const origins = [...seen.origins.values()].toSorted((a, b) => b.spread - a.spread);
  const sum = (key: "identifiers" | "typed"): number =>
    seen.files.reduce((total, one) => total + one[key], 0);
  const totals = { identifiers: sum("identifiers"), typed: sum("typed") };
  const percent = percentOf(totals);
  const found = [
    ...(atLeast !== undefined && percent < atLeast ? [tooLow(percent, atLeast)] : []),
    ...origins.map(({ origin, spread, review }) => originFinding(review, origin, spread)),
    ...seen.findings,
  ];
  const unresolved = origins.filter(({ origin }) => origin.cause === "unresolved-import");
  return {
    ...totals,
    percent,
    files: seen.files.toSorted((a, b) => a.percent - b.percent),
    sources: origins.slice(0, MAX_SOURCES).map(sourceOf),
    exports: seen.exports,
    casts: seen.casts,
    unresolved: [...new Set(unresolved.map(({ origin }) => origin.name.slice(1, -1)))].slice(
      0,
      MAX_UNRESOLVED,
    ),
    skipped,
    ...reportOf(found, { ignore }),
  };
}

function noCasts(): Record<CastRule, number> {
  return {
    "cast-to-any": 0,
    "double-cast": 0,
    "cast-from-any": 0,
    "cast-down": 0,
    "non-null": 0,
    "suppressed-check": 0,
  };
}

/** Two decimals, and never rounded up to all of it. */
function percentOf({ identifiers, typed }: { identifiers: number; typed: number }): number {
  return identifiers === 0 ? 100 : Math.floor((typed / identifiers) * 10_000) / 100;
}

function reviewFile(review: Review, seen: Seen): void {
  const { source, checker, file } = review;
  const { identifiers, untyped } = countIdentifiers(source, checker);
  const counts = { identifiers, typed: identifiers - untyped.length };
  seen.files.push({ file, ...counts, percent: percentOf(counts) });
  for (const node of untyped) {
    const origin = originOf(node, checker);
    const known = seen.origins.get(origin.node);
    if (known === undefined) seen.origins.set(origin.node, { origin, spread: 1, review });
    else known.spread += 1;
  }
  const { exports, untyped: open } = surfaceOf(source, checker);
  seen.exports.total += exports;
  seen.exports.untyped += open.length;
  for (const { name, node, parts } of open)
    seen.findings.push({
      rule: "untyped-export",
      severity: "warning",
      message: "Whoever uses it gets no types.",
      location: locationOf(review, node.getStart(source), node.getStart(source) + name.length),
      object: name,
      evidence: parts.slice(0, 8).join(", "),
      fix: "Write the types of what it takes and gives.",
    });
  for (const cast of castsOf(source, checker)) {
    seen.casts[cast.rule] += 1;
    seen.findings.push(castFinding(review, cast));
  }
}

function castFinding(review: Review, cast: Cast): Finding {
  const { rule, start, end, evidence, cut } = cast;
  const after =
    cut === undefined ? undefined : review.tries.attempt(review.file, { ...cut, text: "" });
  const patch = after === undefined ? undefined : patchOf(review.file, review.text, after);
  const { severity, message, fix } = CASTS[rule];
  return {
    rule,
    severity,
    message: patch === undefined ? message : `${message} It is not needed.`,
    location: locationOf(review, start, end),
    evidence,
    fix: patch === undefined ? fix : "Leave it out: the code has no error without it.",
    ...(patch === undefined ? {} : { patch }),
  };
}

const SAID: Record<Cause, { message: string; fix: string }> = {
  "explicit-any": {
    message: "It is declared as any.",
    fix: "Name its type, or take unknown and check it.",
  },
  "untyped-parameter": {
    message: "The parameter has no type.",
    fix: "Write its type (in JavaScript: @param in JSDoc).",
  },
  "untyped-variable": {
    message: "The variable has no type that could be told.",
    fix: "Write its type where it is declared.",
  },
  "returns-any": {
    message: "The call gives any.",
    fix: "Check the result and name its type here.",
  },
  "cast-to-any": {
    message: "It was cast to any.",
    fix: "Cast to the type that is meant, or check.",
  },
  "unresolved-import": {
    message: "The module's types are not here, so nothing from it is checked.",
    fix: "Pass its declarations too (node_modules/NAME/…), or give the folder as path.",
  },
  "unknown-name": {
    message: "Nothing that was passed declares it.",
    fix: "Pass the declarations that know it, such as node_modules/@types/node.",
  },
  "any-member": { message: "Its type holds any.", fix: "Name the type where it is declared." },
};

function originFinding(review: Review, { cause, node, name }: Origin, spread: number): Finding {
  const home = node.getSourceFile();
  const isHere = home === review.source;
  const start = node.getStart(home);
  const { message, fix } = SAID[cause];
  const location = isHere ? locationOf(review, start, node.getEnd()) : undefined;
  const safer = isHere && node.kind === ts.SyntaxKind.AnyKeyword ? unknownPatch(review, node) : {};
  return {
    rule: `any/${cause}`,
    severity: cause === "unresolved-import" || !isHere ? "info" : "warning",
    message: `${message} ${spread === 1 ? "One name has" : `${spread} names have`} no type because of it.`,
    ...(location === undefined ? {} : { location }),
    object: name,
    fix: "patch" in safer ? "Write unknown: the code has no error with it." : fix,
    ...safer,
  };
}

function unknownPatch(review: Review, node: ts.Node): Pick<Finding, "patch"> {
  const edit = { start: node.getStart(review.source), end: node.getEnd(), text: "unknown" };
  const after = review.tries.attempt(review.file, edit);
  const patch = after === undefined ? undefined : patchOf(review.file, review.text, after);
  return patch === undefined ? {} : { patch };
}

function locationOf(review: Review, start: number, end: number): NonNullable<Finding["location"]> {
  return { file: review.file, ...rangeOf(review.places, start, end) };
}

function sourceOf({
  origin,
  spread,
  review,
}: {
  origin: Origin;
  spread: number;
  review: Review;
}): AnySource {
  const { cause, name, node } = origin;
  const home = node.getSourceFile();
  const at = home.getLineAndCharacterOfPosition(node.getStart(home));
  const file =
    home === review.source ? review.file : home.fileName.replace(/^.*?\/(?:code|lib)\//, "");
  return { file, line: at.line + 1, column: at.character + 1, cause, name, spread };
}

function tooLow(percent: number, atLeast: number): Finding {
  return {
    rule: "coverage-too-low",
    severity: "error",
    message: `${percent} % of the names have a type; at least ${atLeast} % are asked for.`,
    fix: "Begin with the sources that spread the most.",
  };
}
