/** Which browsers of a target cannot do what a sheet asks for: web-features' data against browserslist's query. */
import browserslist from "browserslist";
import { walk } from "css-tree";
import type { CssNode, Rule } from "css-tree";
import { InputProblem } from "flotilla/worker/review";
import type { Finding, Location } from "flotilla/worker/review";
import { features as catalogue } from "web-features";
import type { Unsupported } from "./contract.ts";
import { placed } from "./sheets.ts";
import type { Sheet } from "./sheets.ts";

/** browserslist's names to those of browser compatibility data. Others (Opera Mini, KaiOS) have no data there. */
const NAMES: Record<string, string> = {
  chrome: "chrome",
  and_chr: "chrome_android",
  edge: "edge",
  firefox: "firefox",
  and_ff: "firefox_android",
  safari: "safari",
  ios_saf: "safari_ios",
};
const MAX_QUERY = 500;

interface Support {
  feature: string;
  name: string;
  baseline: Unsupported["baseline"];
  since: Readonly<Record<string, string>>;
}

interface KeyStatus {
  baseline?: "high" | "low" | false;
  support: Readonly<Record<string, string>>;
}

/** By compatibility key: `css.properties.gap`. */
export type SupportData = ReadonlyMap<string, Support>;

export function supportData(): SupportData {
  const data = new Map<string, Support>();
  for (const [feature, about] of Object.entries(catalogue)) {
    if (about.kind !== "feature") continue;
    const statuses: Record<string, KeyStatus> = about.status.by_compat_key ?? {};
    for (const [key, status] of Object.entries(statuses)) {
      if (!key.startsWith("css.")) continue;
      const baseline =
        status.baseline === false || status.baseline === undefined ? "none" : status.baseline;
      data.set(key, { feature, name: about.name, baseline, since: { ...status.support } });
    }
  }
  return data;
}

export interface Target {
  /** `safari 15.4` */
  label: string;
  browser: string;
  version: number;
}

/** Throws `InputProblem` for queries that browserslist does not know. */
export function targetsOf(query: string): { known: Target[]; unknown: string[] } {
  if (query.length > MAX_QUERY || /extends|config|stats/i.test(query)) {
    throw new InputProblem("targets must be a browserslist query of the public data.", {
      hint: 'For example "defaults", "last 2 versions", "safari >= 15, chrome >= 100".',
    });
  }
  let found: string[];
  try {
    found = browserslist(query, { ignoreUnknownVersions: true });
  } catch (error) {
    throw new InputProblem(
      `targets: ${error instanceof Error ? error.message.slice(0, 200) : ""}`,
      {
        hint: 'For example "defaults", "last 2 versions", "safari >= 15, chrome >= 100".',
      },
    );
  }
  const known = found.flatMap((label) => {
    const [name = "", versions = ""] = label.split(" ");
    const browser = NAMES[name];
    const version = Number.parseFloat(versions.split("-")[0] ?? "");
    return browser === undefined || Number.isNaN(version) ? [] : [{ label, browser, version }];
  });
  const labels = new Set(known.map(({ label }) => label));
  return { known, unknown: found.filter((label) => !labels.has(label)) };
}

interface Use {
  key: string;
  location: Location;
}

/** For pointers only: where a browser has none, nothing is lost. */
const HARMLESS = new Set(["cursor", "resize"]);

/** Compatibility keys of all that a sheet uses, outside `@supports`, whose point is to ask first. */
function usesOf({ root, file }: Sheet): Use[] {
  const uses: Use[] = [];
  const supports: CssNode[] = [];
  let prefixed = new Set<string>();
  walk(root, {
    enter(node: CssNode) {
      if (node.type === "Atrule" && node.name.toLowerCase() === "supports") supports.push(node);
      if (supports.length > 0) return;
      if (node.type === "Rule") prefixed = prefixedIn(node);
      if (node.type === "Declaration" && prefixed.has(node.property.toLowerCase())) return;
      for (const key of keysOf(node)) uses.push({ key, location: placed(file, node.loc) });
    },
    leave(node: CssNode) {
      if (supports.at(-1) === node) supports.pop();
    },
  });
  return uses;
}

/** Properties that the same rule also gives with a prefix, for browsers that need one. */
function prefixedIn({ block }: Rule): Set<string> {
  return new Set(
    block.children.toArray().flatMap((one) => {
      const name = one.type === "Declaration" ? one.property.toLowerCase() : "";
      return /^-(?:webkit|moz|ms|o)-/.test(name) ? [name.replace(/^-[a-z]+-/, "")] : [];
    }),
  );
}

function keysOf(node: CssNode): string[] {
  switch (node.type) {
    case "Declaration": {
      const property = node.property.toLowerCase();
      if (property.startsWith("-") || HARMLESS.has(property)) return [];
      const key = `css.properties.${property}`;
      const words =
        node.value.type === "Value"
          ? node.value.children
              .toArray()
              .flatMap((one) =>
                one.type === "Identifier" ? [`${key}.${one.name.toLowerCase()}`] : [],
              )
          : [];
      return [key, ...words];
    }
    case "Atrule":
      return [`css.at-rules.${node.name.toLowerCase()}`];
    case "Feature":
      return [`css.at-rules.media.${node.name.toLowerCase()}`];
    case "FeatureRange":
      return ["css.at-rules.media.range_syntax"];
    case "PseudoClassSelector":
    case "PseudoElementSelector":
      return [`css.selectors.${node.name.toLowerCase()}`];
    case "NestingSelector":
      return ["css.selectors.nesting"];
    case "Function":
      return [`css.types.${node.name.toLowerCase()}`, `css.types.color.${node.name.toLowerCase()}`];
    default:
      return [];
  }
}

export interface SupportAnswer {
  unsupported: Unsupported[];
  findings: Finding[];
}

export function supportFindings(
  sheets: readonly Sheet[],
  targets: readonly Target[],
  data: SupportData,
): SupportAnswer {
  const found = new Map<string, { support: Support; missing: string[]; uses: Use[] }>();
  for (const use of sheets.flatMap((sheet) => usesOf(sheet))) {
    const support = data.get(use.key);
    if (support === undefined) continue;
    const known = found.get(use.key);
    if (known === undefined) {
      found.set(use.key, { support, missing: missingIn(support, targets), uses: [use] });
    } else known.uses.push(use);
  }
  const lacking = [...found].filter(([key, { missing }]) => {
    // A value says no more than its property does.
    const parent = found.get(key.slice(0, key.lastIndexOf(".")));
    return missing.length > 0 && (parent?.missing.length ?? 0) < missing.length;
  });
  return {
    unsupported: lacking.map(([key, { support, missing, uses }]) => ({
      feature: key,
      name: support.name,
      baseline: support.baseline,
      uses: uses.length,
      missing,
    })),
    findings: lacking.map(([key, one]) => findingOf(key, one)),
  };
}

function missingIn({ since }: Support, targets: readonly Target[]): string[] {
  return targets
    .filter(({ browser, version }) => {
      const first = since[browser];
      if (first === undefined) return true;
      // "≤37": it was there when the records begin.
      return Number.parseFloat(first.replace("≤", "")) > version;
    })
    .map(({ label }) => label);
}

function findingOf(
  key: string,
  { support, missing, uses }: { support: Support; missing: string[]; uses: Use[] },
): Finding {
  const first = uses[0];
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
  return {
    rule: "unsupported-feature",
    severity: "warning",
    message: `${support.name} (${key}) is not, or not wholly, known to ${missing.slice(0, 5).join(", ")}${more}.`,
    object: key,
    evidence: `${uses.length} ${uses.length === 1 ? "use" : "uses"}; Baseline: ${support.baseline}`,
    ...(first === undefined ? {} : { location: first.location }),
    fix: "Put it into @supports with a fallback before, or let a build step lower it.",
  };
}
