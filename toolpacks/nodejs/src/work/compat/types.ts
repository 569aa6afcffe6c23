/** The types of a package as TypeScript resolves them, by arethetypeswrong. */
import type { Severity } from "flotilla/worker/review";
import type { Problem, ProblemKind, ResolutionKind } from "@arethetypeswrong/core/types";

export interface TypesView {
  checked: boolean;
  kind: "included" | "none";
  resolutions: {
    entry: string;
    resolution: string;
    types?: string;
    implementation?: string;
    problems: string[];
  }[];
  problems: {
    rule: string;
    severity: Severity;
    message: string;
    object: string;
    fix?: string;
    reference: string;
  }[];
}

const SEVERITY: Record<ProblemKind, Severity> = {
  NoResolution: "error",
  UntypedResolution: "warning",
  FalseESM: "error",
  FalseCJS: "error",
  CJSResolvesToESM: "warning",
  NamedExports: "warning",
  FallbackCondition: "warning",
  FalseExportDefault: "error",
  MissingExportEquals: "error",
  InternalResolutionError: "error",
  UnexpectedModuleSyntax: "error",
  CJSOnlyExportsDefault: "warning",
};

const RESOLUTIONS: readonly ResolutionKind[] = ["node10", "node16-cjs", "node16-esm", "bundler"];

type Core = typeof import("@arethetypeswrong/core");
type Problems = typeof import("@arethetypeswrong/core/problems");

/** Its `development` condition leads to TypeScript, which Node reads in no node_modules: test runners set it. */
function builtFile(name: string): string {
  return new URL(`./dist/${name}.js`, import.meta.resolve("@arethetypeswrong/core/package.json"))
    .href;
}

export async function typesOf({
  name,
  version,
  files,
}: {
  name: string;
  version: string;
  files: Readonly<Record<string, string>>;
}): Promise<TypesView> {
  const core: Core = await import(builtFile("index"));
  const { problemKindInfo }: Problems = await import(builtFile("problems"));
  const placed = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`/node_modules/${name}/${path}`, text]),
  );
  const checked = await core.checkPackage(new core.Package(placed, name, version));
  if (checked.types === false)
    return { checked: true, kind: "none", resolutions: [], problems: [] };
  const { entrypoints, problems } = checked;
  return {
    checked: true,
    kind: "included",
    resolutions: Object.values(entrypoints).flatMap(({ subpath, resolutions }) =>
      RESOLUTIONS.map((kind) => {
        const { resolution, implementationResolution, visibleProblems = [] } = resolutions[kind];
        return {
          entry: subpath,
          resolution: kind,
          ...(resolution === undefined ? {} : { types: plain(resolution.fileName, name) }),
          ...(implementationResolution === undefined
            ? {}
            : { implementation: plain(implementationResolution.fileName, name) }),
          problems: visibleProblems.flatMap((index) => problems[index]?.kind ?? []),
        };
      }),
    ),
    problems: [
      ...Map.groupBy(problems, (problem) => `${problem.kind} ${placeOf(problem, name)}`).values(),
    ].flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { shortDescription, description, docsUrl } = problemKindInfo[first.kind];
      const by = [
        ...new Set(same.flatMap((one) => ("resolutionKind" in one ? [one.resolutionKind] : []))),
      ];
      return [
        {
          rule: `types-${dashed(first.kind)}`,
          // What only the oldest resolution sees is worth a note: few use it.
          severity: by.length === 1 && by[0] === "node10" ? "info" : SEVERITY[first.kind],
          message: `${shortDescription}${by.length === 0 ? "" : ` (${by.join(", ")})`}: ${description.replaceAll(/\s+/g, " ").slice(0, 300)}`,
          object: placeOf(first, name),
          reference: docsUrl,
        },
      ];
    }),
  };
}

/** `CJSResolvesToESM` → `cjs-resolves-to-esm`. */
function dashed(kind: string): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
}

function plain(file: string, name: string): string {
  return file.replace(`/node_modules/${name}/`, "");
}

function placeOf(problem: Problem, name: string): string {
  if ("entrypoint" in problem) return problem.entrypoint;
  if ("typesFileName" in problem) return plain(problem.typesFileName, name);
  return plain(problem.fileName, name);
}
