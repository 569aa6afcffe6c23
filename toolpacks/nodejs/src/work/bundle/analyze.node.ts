/** Bundles given files and tells what the bundle is made of, and what could be left out. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import { bundle, endBundler, plainName } from "./build.node.ts";
import type { BundleOptions, Built, Source } from "./build.node.ts";
import { packageFolder, packageName } from "./resolve.ts";
import { bundleFindings } from "./rules.ts";
import { sharesOf, sizesOf } from "./sizes.node.ts";
import type { Share, Sizes } from "./sizes.node.ts";
import { drawTreemap } from "./treemap.ts";

export interface BundleInput extends Partial<Omit<BundleOptions, "entries">> {
  entries?: string[];
  picture?: "treemap" | "none";
  ignore?: string[];
}

export interface BundleModule {
  file: string;
  package?: string;
  format: "esm" | "cjs" | "other";
  /** As written; and what is left of it in the bundle. */
  rawBytes: number;
  bytes: number;
  percent: number;
  gzipBytes: number;
  brotliBytes: number;
  importedBy: string[];
}

export interface BundleAnswer extends FindingReport {
  entries: string[];
  outputs: (Sizes & { file: string })[];
  total: Sizes;
  /** All modules as written, before anything was dropped. */
  rawBytes: number;
  modules: BundleModule[];
  modulesTotal: number;
  packages: {
    name: string;
    bytes: number;
    percent: number;
    modules: number;
    cjsBytes: number;
    rawBytes: number;
  }[];
  /** What would go if packages declared that they have no side effects. */
  shaking: {
    keptForSideEffects: number;
    byPackage: { name: string; bytes: number }[];
    cjsBytes: number;
  };
  /** Names that stay outside of the bundle. */
  external: string[];
  missing: { name: string; from: string }[];
  picture?: string;
}

const MAX_MODULES = 300;

export async function analyzeBundle(input: BundleInput, source: Source): Promise<BundleAnswer> {
  const options = optionsOf(input, source);
  try {
    const built = await bundle(source, options, false);
    const lean = await bundle(source, options, true);
    return answerOf(built, lean, {
      input,
      options,
      folder: "folder" in source ? source.folder : undefined,
    });
  } finally {
    await endBundler();
  }
}

function optionsOf({ entries, ...input }: BundleInput, source: Source): BundleOptions {
  const {
    platform = "browser",
    format = "esm",
    minify = true,
    external = [],
    conditions = [],
    target,
  } = input;
  return {
    entries: entries ?? guessEntries(source),
    platform,
    format,
    minify,
    external,
    conditions: [
      "module",
      "import",
      platform === "browser" ? "browser" : "node",
      ...conditions,
    ].filter((one) => platform !== "neutral" || one !== "node"),
    ...(target === undefined ? {} : { target }),
  };
}

function guessEntries(source: Source): string[] {
  const names = "files" in source ? Object.keys(source.files) : [];
  const code = names.filter(
    (name) => /\.[mc]?[jt]sx?$/.test(name) && !name.includes("node_modules/"),
  );
  const entry =
    code.find((name) => /^(src\/)?(index|main)\.[mc]?[jt]sx?$/.test(name)) ??
    (code.length === 1 ? code[0] : undefined);
  if (entry !== undefined) return [entry];
  throw new InputProblem("There is no entry to start from.", {
    hint: "Name it in entries, such as src/main.ts.",
  });
}

interface Around {
  input: BundleInput;
  options: BundleOptions;
  folder: string | undefined;
}

function answerOf(built: Built, lean: Built, { input, options, folder }: Around): BundleAnswer {
  const { outputFiles } = built.result;
  const code = outputFiles.filter(({ path }) => !path.endsWith(".map"));
  const outputs = code.map(({ path, contents }) => ({
    file: path.slice(path.lastIndexOf("/out/") + "/out/".length),
    ...sizesOf(contents),
  }));
  const total = outputs.reduce(
    (sum, one) => ({
      bytes: sum.bytes + one.bytes,
      gzipBytes: sum.gzipBytes + one.gzipBytes,
      brotliBytes: sum.brotliBytes + one.brotliBytes,
    }),
    { bytes: 0, gzipBytes: 0, brotliBytes: 0 },
  );
  const shares = sharesByModule(outputFiles, outputs, folder);
  const modules = modulesOf(built, { shares, total, folder });
  const packages = packagesOf(modules, total.bytes);
  const shaking = shakingOf(modules, modulesOf(lean, { shares: new Map(), total, folder }));
  const external = [
    ...new Set(
      Object.values(built.result.metafile.outputs).flatMap(({ imports }) =>
        imports.filter((one) => one.external).map(({ path }) => path),
      ),
    ),
  ];
  const facts = {
    entries: options.entries,
    outputs,
    total,
    rawBytes: modules.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    packages,
    shaking,
    external,
    missing: built.missing,
  };
  const picture =
    input.picture === "none"
      ? undefined
      : drawTreemap(modules.map(tileOf), {
          title: `Bundle of ${options.entries.join(", ")}`,
          subtitle: `${total.bytes} bytes${options.minify ? ", minified" : ""}; gzip ${total.gzipBytes}, brotli ${total.brotliBytes}. Area is bytes in the bundle.`,
        });
  return {
    ...facts,
    modules: modules.slice(0, MAX_MODULES),
    modulesTotal: modules.length,
    ...(picture === undefined ? {} : { picture }),
    ...reportOf(
      bundleFindings({ ...facts, modules, warnings: built.warnings, platform: options.platform }),
      { ignore: input.ignore },
    ),
  };
}

function sharesByModule(
  files: Built["result"]["outputFiles"],
  outputs: readonly Sizes[],
  folder: string | undefined,
): Map<string, Share> {
  const shares = new Map<string, Share>();
  const code = files.filter(({ path }) => !path.endsWith(".map"));
  for (const [index, { path, text }] of code.entries()) {
    const map = files.find((one) => one.path === `${path}.map`)?.text;
    const whole = outputs[index];
    if (map === undefined || whole === undefined) continue;
    for (const [source, share] of sharesOf(text, map, whole))
      shares.set(sourceName(source, folder), share);
  }
  return shares;
}

/** Source maps name sources from the output's folder. */
function sourceName(source: string, folder: string | undefined): string {
  const plain = plainName(source);
  if (plain !== source || folder === undefined) return plain;
  return plainName(`/${source.replace(/^(\.\.\/)+/, "")}`, folder);
}

function tileOf({ file, package: name, bytes }: BundleModule): {
  label: string;
  group: string;
  bytes: number;
} {
  const inside = name === undefined ? file : file.slice((packageFolder(file)?.length ?? 0) + 1);
  return { label: inside, group: name ?? "own code", bytes };
}

function modulesOf(
  { result: { metafile } }: Built,
  {
    shares,
    total,
    folder,
  }: { shares: ReadonlyMap<string, Share>; total: Sizes; folder: string | undefined },
): BundleModule[] {
  const kept = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs))
      kept.set(path, (kept.get(path) ?? 0) + bytesInOutput);
  const importers = new Map<string, string[]>();
  for (const [path, { imports }] of Object.entries(metafile.inputs))
    for (const { path: to } of imports)
      importers.set(to, [...(importers.get(to) ?? []), plainName(path)]);
  return Object.entries(metafile.inputs)
    .map(([path, about]): BundleModule => {
      const file = plainName(path);
      const bytes = kept.get(path) ?? 0;
      const name = packageName(file);
      const share = shares.get(
        folder === undefined ? file : plainName(`${folder}/${file}`, folder),
      ) ?? { gzipBytes: 0, brotliBytes: 0 };
      return {
        file,
        ...(name === undefined ? {} : { package: name }),
        format: about.format ?? "other",
        rawBytes: about.bytes,
        bytes,
        percent: percent(bytes, total.bytes),
        ...share,
        importedBy: (importers.get(path) ?? []).slice(0, 5),
      };
    })
    .toSorted((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1));
}

const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.round((part / whole) * 10_000) / 100 : 0;
const sum = (those: readonly BundleModule[], of: (one: BundleModule) => number): number =>
  those.reduce((total, one) => total + of(one), 0);

function packagesOf(modules: readonly BundleModule[], whole: number): BundleAnswer["packages"] {
  return [...Map.groupBy(modules, ({ package: name }) => name ?? "")]
    .map(([name, those]) => {
      const bytes = sum(those, (one) => one.bytes);
      const cjsBytes = sum(those, (one) => (one.format === "cjs" ? one.bytes : 0));
      return {
        name: name || "own code",
        bytes,
        percent: percent(bytes, whole),
        modules: those.length,
        cjsBytes,
        rawBytes: sum(those, (one) => one.rawBytes),
      };
    })
    .toSorted((a, b) => b.bytes - a.bytes);
}

function shakingOf(
  modules: readonly BundleModule[],
  lean: readonly BundleModule[],
): BundleAnswer["shaking"] {
  const least = new Map(lean.map(({ file, bytes }) => [file, bytes]));
  const kept = modules.map((one) => ({
    name: one.package ?? "own code",
    bytes: one.bytes - (least.get(one.file) ?? 0),
  }));
  const byPackage = [...Map.groupBy(kept, ({ name }) => name)]
    .map(([name, those]) => ({ name, bytes: those.reduce((total, { bytes }) => total + bytes, 0) }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes);
  return {
    keptForSideEffects: byPackage.reduce((total, { bytes }) => total + bytes, 0),
    byPackage: byPackage.slice(0, 50),
    cjsBytes: sum(modules, (one) => (one.format === "cjs" ? one.bytes : 0)),
  };
}
