/** JSON-LD, microdata and RDFa: whether it can be read, and has what search engines ask of its type. */
import type { Finding, Location } from "flotilla/worker/review";
import { attribute, placeOf } from "../html/document.ts";
import type { Element } from "../html/document.ts";
import type { StructuredItem } from "./contract.ts";

const MAX_ITEMS = 200;
const MAX_DEPTH = 30;

/** What Google's documentation calls required, for the types most in use; `a|b`: one of them. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  BreadcrumbList: ["itemListElement"],
  Event: ["name", "startDate", "location"],
  FAQPage: ["mainEntity"],
  JobPosting: [
    "title",
    "description",
    "datePosted",
    "hiringOrganization",
    "jobLocation|jobLocationType",
  ],
  LocalBusiness: ["name", "address"],
  Product: ["name", "review|aggregateRating|offers"],
  Recipe: ["name", "image"],
  Review: ["author", "itemReviewed", "reviewRating"],
  VideoObject: ["name", "thumbnailUrl", "uploadDate"],
};
/** What it calls recommended. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  Article: ["headline", "image", "datePublished", "author"],
  BlogPosting: ["headline", "image", "datePublished", "author"],
  NewsArticle: ["headline", "image", "datePublished", "author"],
  Organization: ["name", "url", "logo"],
};
const DATES = new Set([
  "datePublished",
  "dateModified",
  "startDate",
  "endDate",
  "uploadDate",
  "datePosted",
]);
const ISO_DATE =
  /^\d{4}-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?$/;

export interface StructuredData {
  items: StructuredItem[];
  findings: Finding[];
}

export function structuredData(file: string, elements: readonly Element[]): StructuredData {
  const found: StructuredData = { items: [], findings: [] };
  for (const element of elements) {
    if (found.items.length >= MAX_ITEMS) break;
    const type = attribute(element, "type")?.trim().toLowerCase();
    if (element.tagName === "script" && type === "application/ld+json") {
      readJsonLd(element, file, found);
    }
    const itemType = attribute(element, "itemtype");
    const rdfType = attribute(element, "typeof");
    if (itemType !== undefined || rdfType !== undefined) {
      found.items.push({
        types: (itemType ?? rdfType ?? "").split(/\s+/).map((one) => shortName(one)),
        format: itemType === undefined ? "rdfa" : "microdata",
        valid: true,
        line: placeOf(file, element).line,
      });
    }
  }
  return found;
}

function readJsonLd(element: Element, file: string, into: StructuredData): void {
  const location = placeOf(file, element);
  const text = textContent(element);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    into.items.push({ types: [], format: "json-ld", valid: false, line: location.line });
    into.findings.push({
      rule: "json-ld-syntax",
      severity: "error",
      message: `The JSON-LD is not JSON: ${error instanceof Error ? error.message.slice(0, 150) : ""}.`,
      location,
      fix: "Search engines skip the whole block until it parses.",
    });
    return;
  }
  for (const node of nodesOf(value)) {
    const problems = checkNode(node, location);
    into.items.push({
      types: typesOf(node),
      format: "json-ld",
      valid: problems.every(({ severity }) => severity !== "error"),
      line: location.line,
    });
    into.findings.push(...problems);
  }
  if (isObject(value) && !Array.isArray(value) && value["@context"] === undefined) {
    into.findings.push({
      rule: "json-ld-context",
      severity: "error",
      message: "The JSON-LD has no @context, so its names mean nothing.",
      location,
      fix: 'Add "@context": "https://schema.org".',
    });
  }
}

function textContent(element: Element): string {
  return element.childNodes.map((one) => ("value" in one ? one.value : "")).join("");
}

/** Every object with a type, also those inside others. */
function nodesOf(value: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const open = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined && found.length < MAX_ITEMS; next = open.pop()) {
    if (!isObject(next.value) || next.depth > MAX_DEPTH) continue;
    if (next.value["@type"] !== undefined) found.push(next.value);
    for (const inner of Object.values(next.value).toReversed()) {
      open.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function typesOf(node: Record<string, unknown>): string[] {
  const type = node["@type"];
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.filter((one) => typeof one === "string").map((one) => shortName(one));
}

function shortName(type: string): string {
  return (type.split(/[/#:]/).at(-1) ?? type).slice(0, 100);
}

function checkNode(node: Record<string, unknown>, location: Location): Finding[] {
  const has = (names: string): boolean =>
    names.split("|").some((name) => node[name] !== undefined && node[name] !== "");
  // `{ "@id": … }` only points to another node.
  const isReference = Object.keys(node).every((key) => key.startsWith("@"));
  if (isReference) return [];
  const missing = (table: typeof REQUIRED, severity: "error" | "info"): Finding[] =>
    typesOf(node).flatMap((type) =>
      (Object.hasOwn(table, type) ? (table[type] ?? []) : [])
        .filter((names) => !has(names))
        .map((names) => ({
          rule: severity === "error" ? "structured-data-required" : "structured-data-recommended",
          severity,
          message: `${type} has no ${names.replaceAll("|", ", ")}.`,
          location,
          object: `${type}.${names.split("|")[0]}`,
        })),
    );
  const dates = Object.entries(node).filter(
    ([key, value]) => DATES.has(key) && typeof value === "string" && !ISO_DATE.test(value),
  );
  return [
    ...missing(REQUIRED, "error"),
    ...missing(WANTED, "info"),
    ...dates.map(([key, value]): Finding => ({
      rule: "structured-data-date",
      severity: "warning",
      message: `${key} is no ISO 8601 date.`,
      location,
      object: key,
      evidence: String(value).slice(0, 100),
    })),
  ];
}
