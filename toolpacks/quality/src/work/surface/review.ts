/** Compares what two trees offer, and says which version the change asks for. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { inc, valid } from "semver";
import { readableOf } from "../program/readable.ts";
import type { Skipped, Texts } from "../program/readable.ts";
import type { Service } from "../refactor/service.node.ts";
import { collect } from "./collect.ts";
import { compareSurfaces } from "./compare.ts";
import type { Change, Difference, Surface } from "./compare.ts";
import { entryOf, versionOf } from "./entry.ts";

export interface Tree {
  files: Texts;
  entry?: string | undefined;
}
export interface SurfaceOptions {
  version?: string | undefined;
  ignore?: string[] | undefined;
}
export interface SurfaceAnswer extends FindingReport {
  breaking: boolean;
  bump: "major" | "minor" | "patch";
  before: { entry: string; exports: number };
  after: { entry: string; exports: number };
  changes: Record<Change, number>;
  current?: string;
  next?: string;
  skipped: Skipped[];
}

const SEVERITY = { major: "error", minor: "info", none: "info" } as const;

export function diffSurfaces(
  service: Service,
  trees: { before: Tree; after: Tree },
  { version, ignore }: SurfaceOptions,
): SurfaceAnswer {
  const sides = (["before", "after"] as const).map((side) => {
    const { files, entry } = trees[side];
    const { readable, skipped } = readableOf(files.filter(([path]) => !path.endsWith(".json")));
    const manifests = files.filter(([path]) => path.endsWith(".json"));
    const all = [...readable, ...manifests];
    return { side, all, skipped, entry: entryOf(all, entry, side) };
  });
  service.open(
    sides.flatMap(({ side, all }) => all.map(([path, text]) => [`${side}/${path}`, text] as const)),
  );
  const checker = service.language.getProgram()?.getTypeChecker();
  const [before, after] = sides.map(({ side, entry }) => {
    const source = service.source(`${side}/${entry}`);
    if (source === undefined || checker === undefined)
      throw new InputProblem(`${entry} of ${side} could not be read.`);
    return collect(source, checker);
  });
  if (before === undefined || after === undefined || checker === undefined)
    throw new InputProblem("Nothing to compare.");
  if (before.size === 0 && after.size === 0)
    throw new InputProblem("Neither side exports anything.", {
      hint: "Name the file that others import as entry.",
    });
  const differences = compareSurfaces(before, after, checker);
  const changes: Record<Change, number> = { major: 0, minor: 0, none: 0 };
  for (const { change } of differences) changes[change] += 1;
  const bump = changes.major > 0 ? "major" : changes.minor > 0 ? "minor" : "patch";
  const current = version ?? versionOf(trees.before.files);
  const next = current === undefined ? undefined : nextVersion(current, bump);
  const about = (at: number, surface: Surface): SurfaceAnswer["before"] => ({
    entry: sides[at]?.entry ?? "",
    exports: [...surface.values()].filter(({ kind }) => kind !== "member").length,
  });
  return {
    breaking: changes.major > 0,
    bump,
    before: about(0, before),
    after: about(1, after),
    changes,
    ...(current === undefined ? {} : { current }),
    ...(next === undefined ? {} : { next }),
    skipped: sides.flatMap(({ side, skipped }) =>
      skipped.map(({ file, reason }) => ({ file: `${side}/${file}`, reason })),
    ),
    ...reportOf(
      differences.map((one) => findingOf(one, service)),
      { ignore },
    ),
  };
}

/** Before 1.0 npm's ranges take the second number for what breaks. */
function nextVersion(current: string, bump: "major" | "minor" | "patch"): string | undefined {
  if (valid(current) === null) return undefined;
  const isEarly = current.startsWith("0.");
  return inc(current, isEarly ? (bump === "major" ? "minor" : "patch") : bump) ?? undefined;
}

function findingOf(
  { path, rule, change, message, before, after, node }: Difference,
  service: Service,
): Finding {
  const source = node.getSourceFile();
  const at = source.getLineAndCharacterOfPosition(node.getStart(source));
  const texts = [before, after].map((text) => (text === undefined ? "(none)" : shortened(text)));
  return {
    rule,
    severity: SEVERITY[change],
    message: change === "major" ? `Breaking: ${message}` : message,
    location: {
      file: service.outside(source.fileName),
      line: at.line + 1,
      column: at.character + 1,
    },
    object: path,
    evidence: texts.join(" → "),
    ...(change === "major"
      ? { fix: "Keep the old form beside the new one, or raise the major version." }
      : {}),
  };
}

function shortened(text: string): string {
  return text.length > 240 ? `${text.slice(0, 239)}…` : text;
}
