/** css_analyze: numbers, and what is wrong, doubled, dead or too new. */
import { analyze } from "@projectwallace/css-analyzer";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { Counted, CssAnswer, CssInput, CssMetrics } from "./contract.ts";
import { duplicateFindings } from "./duplicates.ts";
import { CSS_LIMITS } from "./limits.ts";
import { minifiedBytes } from "./minify.ts";
import { sheetsOf } from "./sheets.ts";
import type { FlatRule, Sheet } from "./sheets.ts";
import { supportData, supportFindings, targetsOf } from "./support.ts";
import { unusedSelectors } from "./unused.ts";
import { syntaxFindings, valueFindings, weightFindings } from "./values.ts";
import { variableUses } from "./variables.ts";

const PAGES = /\.x?html?$/i;
const MOST = 40;

export async function analyzeCss(input: CssInput): Promise<CssAnswer> {
  const files = await readSources(input, {
    ...CSS_LIMITS,
    contentName: "style.css",
    include: (path) => path.endsWith(".css") || PAGES.test(path),
  });
  const targets = targetsOf(input.targets ?? "defaults");
  const sheets = sheetsOf({ files, pages: Object.keys(files) });
  if (sheets.length === 0) throw new InputProblem("There is no CSS in what was given.");
  const rules = sheets.flatMap((sheet) => sheet.rules);
  const data = supportData();
  const isKnown = (property: string): boolean => data.has(`css.properties.${property}`);
  const support = supportFindings(sheets, targets.known, data);
  const pages = Object.fromEntries(Object.entries(files).filter(([path]) => PAGES.test(path)));
  const unused =
    Object.keys(pages).length === 0
      ? undefined
      : unusedSelectors(rules, { pages, dynamicClasses: input.dynamicClasses ?? [] });
  const findings = [
    ...sheets.flatMap((sheet) => [...syntaxFindings(sheet), ...valueFindings(sheet, isKnown)]),
    ...duplicateFindings(rules, new Map(Object.entries(files))),
    ...variableFindings(sheets, rules),
    ...support.findings,
    ...emptyFindings(rules),
    ...weightFindings(rules),
    ...(unused?.findings ?? []),
  ];
  const { metrics, limits } = await metricsOf(sheets);
  return {
    metrics,
    browsers: targets.known.map(({ label }) => label),
    unsupported: support.unsupported,
    ...(unused === undefined ? {} : { unused: unused.unused }),
    limits: [...limits, ...(unused?.limits ?? []), ...unknownBrowsers(targets.unknown)],
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function variableFindings(sheets: readonly Sheet[], rules: readonly FlatRule[]): Finding[] {
  const defined = new Map(
    rules.flatMap(({ declarations }) =>
      declarations
        .filter(({ property }) => property.startsWith("--"))
        .map((one) => [one.property, one]),
    ),
  );
  const uses = sheets.flatMap((sheet) => variableUses(sheet));
  const used = new Set(uses.map(({ name }) => name));
  const registered = sheets.map(({ text }) => text).join("\n");
  const missing = uses.filter(
    ({ name, hasFallback }) =>
      !hasFallback && !defined.has(name) && !registered.includes(`@property ${name}`),
  );
  const unused = [...defined.values()].filter(({ property }) => !used.has(property));
  return [
    ...missing.map(({ name, location }): Finding => ({
      rule: "undefined-variable",
      severity: "warning",
      message: `${name} is set nowhere in what was given, and has no fallback.`,
      location,
      object: name,
      fix: `Set it, or write var(${name}, FALLBACK).`,
    })),
    ...unused.map(({ property, location }): Finding => ({
      rule: "unused-variable",
      severity: "info",
      message: `${property} is never asked for in what was given.`,
      location,
      object: property,
    })),
  ];
}

function unknownBrowsers(labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  return [`Nothing is known about what these support: ${labels.slice(0, 10).join(", ")}.`];
}

function emptyFindings(rules: readonly FlatRule[]): Finding[] {
  const isParent = new Set(rules.flatMap(({ context }) => context));
  return rules
    .filter(
      ({ declarations, selectors }) =>
        declarations.length === 0 && !isParent.has(selectors.join(",")),
    )
    .map(({ location, selectors }) => ({
      rule: "empty-rule",
      severity: "info",
      message: "The rule says nothing.",
      location,
      object: selectors.join(", ").slice(0, 200),
      fix: "Remove it.",
    }));
}

async function metricsOf(
  sheets: readonly Sheet[],
): Promise<{ metrics: CssMetrics; limits: string[] }> {
  const text = sheets.map((sheet) => sheet.text).join("\n");
  const found = analyze(text);
  const { stylesheet, rules, selectors, declarations, values, atrules } = found;
  const minified = await minifiedBytes(text);
  const metrics: CssMetrics = {
    files: new Set(sheets.map(({ file }) => file)).size,
    bytes: bytesOf(text),
    ...(minified.bytes === undefined ? {} : { minifiedBytes: minified.bytes }),
    gzipBytes: await gzipBytes(text),
    linesOfCode: stylesheet.sourceLinesOfCode,
    rules: rules.total,
    emptyRules: rules.empty.total,
    selectors: selectors.total,
    uniqueSelectors: selectors.totalUnique,
    declarations: declarations.total,
    importants: declarations.importants.total,
    idSelectors: selectors.id.total,
    mediaQueries: counted(atrules.media.unique),
    specificity: {
      max: [...(selectors.specificity.max ?? [0, 0, 0])],
      mean: [...(selectors.specificity.mean ?? [0, 0, 0])].map(
        (one) => Math.round(one * 100) / 100,
      ),
    },
    embeddedBytes: stylesheet.embeddedContent.size.total,
    uniqueColors: values.colors.totalUnique,
    colors: counted(values.colors.unique),
    uniqueFontSizes: values.fontSizes.totalUnique,
    fontSizes: counted(values.fontSizes.unique),
    uniqueFontFamilies: values.fontFamilies.totalUnique,
    zIndexes: counted(values.zindexes.unique),
    customProperties: found.properties.custom.totalUnique,
  };
  return { metrics, limits: minified.problem === undefined ? [] : [minified.problem] };
}

/** Most used first. */
function counted(values: Readonly<Record<string, number>>): Counted[] {
  return Object.entries(values)
    .map(([value, count]) => ({ value: value.slice(0, 200), count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

export async function gzipBytes(data: string | Uint8Array): Promise<number> {
  const stream = new Response(typeof data === "string" ? data : Uint8Array.from(data)).body;
  if (stream === null) return 0;
  const zipped = await new Response(
    stream.pipeThrough(new CompressionStream("gzip")),
  ).arrayBuffer();
  return zipped.byteLength;
}
