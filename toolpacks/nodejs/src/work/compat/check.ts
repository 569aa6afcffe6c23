/** A package as each runtime, bundler and TypeScript sees it. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Severity } from "flotilla/worker/review";
import { jsonPlaces, own, parseObject, pointerOf, textOf } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { publishFindings } from "../package/publishing.ts";
import { entriesOf } from "./entries.ts";
import type { Entry, Status } from "./entries.ts";
import { typesOf } from "./types.ts";
import type { TypesView } from "./types.ts";

export interface CompatInput {
  ignore?: string[];
  types?: boolean;
}

export interface CompatAnswer extends FindingReport {
  name: string;
  version: string;
  entries: Entry[];
  /** By consumer: whether every entry works. */
  summary: { consumer: string; ok: number; of: number; worst: Status }[];
  types: TypesView;
}

type Files = Readonly<Record<string, string>>;

export async function checkCompat(
  { ignore = [], types = true }: CompatInput,
  given: Files,
): Promise<CompatAnswer> {
  const { manifest, files } = packageOf(given);
  const { fields } = manifest;
  const [name, version] = [
    textOf(own(fields, "name")) ?? "package",
    textOf(own(fields, "version")) ?? "0.0.0",
  ];
  const entries = entriesOf({ manifest: fields, files });
  const view: TypesView = types
    ? await typesOf({ name, version, files })
    : { checked: false, kind: "none", resolutions: [], problems: [] };
  const published = await publishFindings(manifest, files);
  const findings: Finding[] = [
    ...entries.flatMap((entry) => entryFindings(manifest, entry)),
    ...view.problems.map(({ rule, severity, message, object, fix, reference }) => ({
      rule,
      severity,
      message,
      object,
      ...(fix === undefined ? {} : { fix }),
      reference,
    })),
    ...published.filter(({ severity }) => severity !== "info"),
  ];
  return {
    name,
    version,
    entries,
    summary: summaryOfEntries(entries),
    types: view,
    ...reportOf(findings, { ignore }),
  };
}

function packageOf(given: Files): { manifest: Manifest; files: Files } {
  const path = Object.keys(given)
    .filter((one) => /(^|\/)package\.json$/.test(one))
    .toSorted((a, b) => a.split("/").length - b.split("/").length)[0];
  if (path === undefined)
    throw new InputProblem("There is no package.json among the files.", {
      hint: "Pass the files of a package as they are published, with its package.json.",
    });
  const text = given[path] ?? "";
  const fields = parseObject(text, path);
  const folder = path.slice(0, -"package.json".length);
  const files = Object.fromEntries(
    Object.entries(given)
      .filter(([one]) => one.startsWith(folder))
      .map(([one, content]) => [one.slice(folder.length), content]),
  );
  return {
    manifest: {
      file: path,
      fields,
      places: jsonPlaces(text, path),
      private: own(fields, "private") === true,
    },
    files,
  };
}

const ORDER: Status[] = ["ok", "esm-by-require", "mismatch", "not-exported", "missing"];

function summaryOfEntries(entries: readonly Entry[]): CompatAnswer["summary"] {
  const seen = entries.flatMap(({ consumers }) => consumers);
  return [...Map.groupBy(seen, ({ consumer }) => consumer)].map(([consumer, all]) => ({
    consumer,
    ok: all.filter(({ status }) => status === "ok" || status === "esm-by-require").length,
    of: all.length,
    worst:
      all.map(({ status }) => status).toSorted((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0] ??
      "ok",
  }));
}

const TROUBLE: Record<
  Exclude<Status, "ok">,
  { severity: Severity; message: string; fix: string }
> = {
  missing: {
    severity: "error",
    message: "leads to a file that is not there",
    fix: "Build or publish that file, or correct the path.",
  },
  "not-exported": {
    severity: "warning",
    message: "is refused: no condition of exports fits",
    fix: 'Add a "default" condition as the last one.',
  },
  mismatch: {
    severity: "warning",
    message:
      "gets a file whose words are of the other module system than its name and package.json say",
    fix: 'Name it .mjs or .cjs, or set "type".',
  },
  "esm-by-require": {
    severity: "info",
    message:
      "gets an ES module from require(): that needs Node 20.19 or 22.12, and no top-level await",
    fix: "State it in engines, or ship CommonJS for require.",
  },
};

/** One finding for each trouble of an entry, with all whom it hits. */
function entryFindings(manifest: Manifest, { entry, consumers }: Entry): Finding[] {
  const pointer =
    own(manifest.fields, "exports") === undefined ? "/main" : pointerOf("exports", entry);
  return [...Map.groupBy(consumers, ({ status }) => status)].flatMap(([status, all]): Finding[] => {
    if (status === "ok") return [];
    const { severity, message, fix } = TROUBLE[status];
    const who = all.map(({ consumer }) => consumer);
    return [
      {
        rule: `entry-${status}`,
        severity: status === "not-exported" && who.length === consumers.length ? "error" : severity,
        message: `${entry} ${message}: ${who.join(", ")}.`,
        location: manifest.places.at(pointer),
        object: entry,
        evidence: [...new Set(all.flatMap(({ file }) => file ?? []))].join(", ") || "no file",
        fix,
      },
    ];
  });
}
