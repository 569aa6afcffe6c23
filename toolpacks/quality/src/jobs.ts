/** The pack's work by name, in the order of the tools. Each job loads its own code, so that an idle drone has paid for none of it. */
import { createEngines } from "./engines.ts";
import { readChanged, readCode } from "./lib/inputs.ts";
import { readTexts } from "./lib/texts.ts";
import type { SurfaceInput } from "./tools/api-surface-diff.ts";
import type { CommitInput } from "./tools/commit-review.ts";
import type { ComplexityInput } from "./tools/code-complexity.ts";
import type { DuplicatesInput } from "./tools/code-duplicates.ts";
import type { FormatInput } from "./tools/code-format.ts";
import type { LintInput } from "./tools/code-lint.ts";
import type { LicenseInput } from "./tools/license-compliance.ts";
import type { RefactorInput } from "./tools/code-refactor.ts";
import type { ReviewInput } from "./tools/code-review-diff.ts";
import type { SecretsInput } from "./tools/code-secrets.ts";
import type { GapInput } from "./tools/test-gaps.ts";
import type { TestReportInput } from "./tools/test-report-analyze.ts";
import type { SkeletonInput } from "./tools/test-skeletons.ts";
import type { TypeCoverageInput } from "./tools/type-coverage.ts";

const SCRIPTS = "TypeScript or JavaScript";
const isScript = (path: string): boolean => /\.[cm]?[jt]sx?$/i.test(path) || path.endsWith(".json");
const engines = createEngines();

export const jobs = {
  code_lint: async ({ rules, domains, fix, ignore, ...input }: LintInput) => {
    const { BIOME_LANGUAGES, isForBiome } = await import("./work/biome/languages.ts");
    const files = await readCode(input, { include: isForBiome, expected: BIOME_LANGUAGES });
    const { lintFiles } = await import("./work/biome/lint.ts");
    return lintFiles(await engines.biome(), files, { rules, domains, fix, ignore });
  },
  code_format: async ({ style, engine, answer, ...input }: FormatInput) => {
    const { formatFiles, isFormattable, FORMAT_LANGUAGES } =
      await import("./work/format/format.ts");
    const files = await readCode(input, { include: isFormattable, expected: FORMAT_LANGUAGES });
    return formatFiles(engines.biome, files, { style, engine, answer });
  },
  code_complexity: async ({ limits, history, ignore, ...input }: ComplexityInput) => {
    const { isMeasurable, measureFiles } = await import("./work/complexity/review.ts");
    const { SYNTAX_LANGUAGES } = await import("./work/syntax/languages.ts");
    const files = await readCode(input, { include: isMeasurable, expected: SYNTAX_LANGUAGES });
    return measureFiles(await engines.syntax(), files, { limits, history, ignore });
  },
  code_duplicates: async ({ minTokens, minLines, mode, ignore, ...input }: DuplicatesInput) => {
    const { findDuplicates, isTokenizable } = await import("./work/duplicates/find.ts");
    const files = await readCode(input, { include: isTokenizable, expected: "source code" });
    return findDuplicates(files, { minTokens, minLines, mode, ignore });
  },
  code_review_diff: async ({
    diff,
    history,
    ignore,
    nowMs,
    ...input
  }: ReviewInput & { nowMs: number }) => {
    const { reviewChange } = await import("./work/review/review.ts");
    const texts = new Map(await readChanged(input, diff));
    return reviewChange(engines, { diff, texts, history, ignore, nowMs });
  },
  code_secrets: async ({ allow, ignore, nowMs, ...input }: SecretsInput & { nowMs: number }) => {
    const files = await readCode(input, { include: () => true, expected: "any text" });
    const { scanSecrets } = await import("./work/secrets/scan.ts");
    return scanSecrets(files, { nowMs, ...(allow && { allow }), ...(ignore && { ignore }) });
  },
  code_refactor: async ({ limits, ignore, ...input }: RefactorInput) => {
    const { isRefactorable, REFACTOR_LANGUAGES, reviewRefactorings } =
      await import("./work/refactor/review.ts");
    const files = await readCode(input, { include: isRefactorable, expected: REFACTOR_LANGUAGES });
    return reviewRefactorings(await engines.typescript(), files, { limits, ignore });
  },
  type_coverage: async ({ atLeast, ignore, ...input }: TypeCoverageInput) => {
    const { packagesOf } = await import("./work/types/packages.ts");
    const all = await readCode(input, { include: isScript, expected: SCRIPTS });
    const isGiven = (path: string): boolean => /(?:^|\/)node_modules\/|\.json$/.test(path);
    const given = all.filter(([path]) => isGiven(path));
    const files = all.filter(([path]) => !isGiven(path));
    const found = input.path === undefined ? [] : await packagesOf(input.path, files);
    const { reviewTypes } = await import("./work/types/coverage.ts");
    const service = await engines.typescript();
    return reviewTypes(service, { files, packages: [...given, ...found] }, { atLeast, ignore });
  },
  test_gaps: async ({ coverage, diff, history, maxCrap, ignore, ...input }: GapInput) => {
    const { isMeasurable } = await import("./work/complexity/review.ts");
    const { SYNTAX_LANGUAGES } = await import("./work/syntax/languages.ts");
    const files = await readCode(input, { include: isMeasurable, expected: SYNTAX_LANGUAGES });
    const { reviewGaps } = await import("./work/gaps/review.ts");
    const options = { coverage, diff, history, maxCrap, ignore };
    return reviewGaps(await engines.syntax(), files, options);
  },
  test_skeletons: async ({ framework, only, ...input }: SkeletonInput) => {
    const files = await readCode(input, { include: isScript, expected: SCRIPTS });
    const { writeSkeletons } = await import("./work/skeletons/review.ts");
    return writeSkeletons(await engines.typescript(), files, { framework, only });
  },
  test_report_analyze: async ({ runs, revisions, slowMs, ignore, ...input }: TestReportInput) => {
    const include = (path: string): boolean => path.endsWith(".xml");
    const files = await readTexts(input, { include, expected: "JUnit XML reports" });
    const { analyzeReports } = await import("./work/reports/analyze.ts");
    return analyzeReports(files, { runs, revisions, slowMs, ignore });
  },
  api_surface_diff: async ({ before, after, version, ignore }: SurfaceInput) => {
    const tree = async ({ entry, ...input }: SurfaceInput["before"]) => ({
      entry,
      files: await readCode(input, { include: isScript, expected: SCRIPTS }),
    });
    const trees = { before: await tree(before), after: await tree(after) };
    const { diffSurfaces } = await import("./work/surface/review.ts");
    return diffSurfaces(await engines.typescript(), trees, { version, ignore });
  },
  commit_review: async ({ log, commits, nowMs, ...options }: CommitInput & { nowMs: number }) => {
    const { commitsOf } = await import("./work/commits/log.ts");
    const { reviewCommits } = await import("./work/commits/review.ts");
    const date = new Date(nowMs).toISOString().slice(0, 10);
    return reviewCommits(commits ?? commitsOf(log ?? ""), { ...options, date });
  },
  license_compliance: async ({ packages = [], ...given }: LicenseInput) => {
    const { content, files, path, ...options } = given;
    const { inventoryOf, isLicenceFile } = await import("./work/licences/read.ts");
    const isNamed = [content, files, path].some((one) => one !== undefined);
    const source = {
      ...(content !== undefined && { content }),
      ...(files && { files }),
      ...(path !== undefined && { path }),
    };
    const texts =
      isNamed || packages.length === 0
        ? await readTexts(source, {
            include: isLicenceFile,
            expected: "package.json, package-lock.json or CycloneDX",
            limits: { maxFiles: 20_000, enter: (folder) => !folder.startsWith(".") },
          })
        : [];
    const { reviewLicences } = await import("./work/licences/review.ts");
    return reviewLicences(inventoryOf(texts, packages), options);
  },
};

export type PackJobs = typeof jobs;
