/** What makes a bundle larger than it must be. */
import type { Message } from "esbuild";
import type { Finding } from "flotilla/worker/review";
import type { BundleAnswer, BundleModule } from "./analyze.node.ts";
import { packageFolder } from "./resolve.ts";
import { sizeText } from "../size-text.ts";

type Facts = Pick<BundleAnswer, "total" | "packages" | "shaking" | "missing"> & {
  modules: readonly BundleModule[];
  warnings: readonly Message[];
  platform: string;
};

export function bundleFindings(facts: Facts): Finding[] {
  return [
    ...shaking(facts),
    ...commonjs(facts),
    ...twice(facts),
    ...large(facts),
    ...missing(facts),
    ...warned(facts),
  ];
}

function shaking({ shaking: { byPackage }, total }: Facts): Finding[] {
  return byPackage
    .filter(({ bytes }) => bytes >= 500 && bytes * 200 >= total.bytes)
    .map(({ name, bytes }) => ({
      rule: "kept-for-side-effects",
      severity: "warning",
      message: `${sizeText(bytes)} of ${name} stay although nothing uses them: it does not say that it has no side effects.`,
      object: name,
      fix: 'Import deeper paths, or ask its authors for "sideEffects": false.',
    }));
}

function commonjs({ packages, total }: Facts): Finding[] {
  return packages
    .filter(
      ({ name, cjsBytes }) =>
        name !== "own code" && cjsBytes * 50 >= total.bytes && cjsBytes >= 1_000,
    )
    .map(({ name, cjsBytes }) => ({
      rule: "commonjs-whole",
      severity: "info",
      message: `${name} is CommonJS: its modules come whole (${sizeText(cjsBytes)}), used or not.`,
      object: name,
      fix: "Look for an ES module build of it, or for a smaller package.",
    }));
}

function twice({ modules }: Facts): Finding[] {
  const folders = new Map<string, Set<string>>();
  for (const { file, package: name } of modules) {
    const folder = packageFolder(file);
    if (name !== undefined && folder !== undefined)
      folders.set(name, (folders.get(name) ?? new Set()).add(folder));
  }
  return [...folders]
    .filter(([, places]) => places.size > 1)
    .map(([name, places]) => ({
      rule: "package-twice",
      severity: "warning",
      message: `${name} is in the bundle ${places.size} times.`,
      object: name,
      evidence: [...places].slice(0, 5).join(", "),
      fix: "Bring its askers to one version (dedupe, overrides).",
    }));
}

function large({ modules, total }: Facts): Finding[] {
  return modules
    .filter(({ bytes }) => bytes * 4 >= total.bytes && bytes >= 20_000 && modules.length > 3)
    .map(({ file, bytes, percent, importedBy }) => ({
      rule: "large-module",
      severity: "info",
      message: `${file} alone is ${percent} % of the bundle (${sizeText(bytes)}).`,
      object: file,
      evidence: `imported by ${importedBy.join(", ") || "nobody"}`,
      fix: "Load it later with import(), or replace it.",
    }));
}

function missing({ missing: those, platform }: Facts): Finding[] {
  return [...Map.groupBy(those, ({ name }) => name)].slice(0, 100).map(([name, all]) => ({
    rule: "import-outside",
    severity: platform === "browser" ? "warning" : "info",
    message: `${name} is not among the files: it stays outside, and its size is not counted.`,
    object: name,
    evidence: `imported by ${all
      .slice(0, 3)
      .map(({ from }) => from)
      .join(", ")}`,
    fix: "Pass its files under node_modules/, or name it in external.",
  }));
}

function warned({ warnings }: Facts): Finding[] {
  return warnings.slice(0, 100).map(({ id, text, location }) => ({
    rule: `esbuild-${id || "warning"}`,
    severity: "warning",
    message: text.slice(0, 300),
    ...(location === null
      ? {}
      : {
          location: {
            file: location.file.replace(/^text:/, ""),
            line: location.line,
            column: location.column + 1,
          },
        }),
  }));
}
