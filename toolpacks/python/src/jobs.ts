/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import type { ComplexityInput } from "./work/complexity.ts";
import type { DependencyInput } from "./work/dependencies.ts";
import type { FormatInput } from "./work/format.ts";
import type { ImportInput } from "./work/import-review.ts";
import type { LintInput } from "./work/lint.ts";
import type { ProfileInput } from "./work/profile.ts";
import { createRuff } from "./work/ruff.ts";
import type { SecurityInput } from "./work/security.ts";
import type { UpgradeInput } from "./work/upgrade.ts";

/** The table with an engine of its own: one for each thread, or for the edge's isolate. */
export function createJobTable() {
  const ruff = createRuff();
  return {
    lint: async (input: LintInput) => (await import("./work/lint.ts")).lint(input, ruff),
    format: async (input: FormatInput) => (await import("./work/format.ts")).format(input, ruff),
    complexity: async (input: ComplexityInput) =>
      (await import("./work/complexity.ts")).complexity(input),
    dependencies: async (input: DependencyInput) =>
      (await import("./work/dependencies.ts")).reviewDependencies(input),
    imports: async (input: ImportInput) =>
      (await import("./work/import-review.ts")).reviewImports(input),
    security: async (input: SecurityInput) =>
      (await import("./work/security.ts")).securityScan(input, ruff),
    upgrade: async (input: UpgradeInput) =>
      (await import("./work/upgrade.ts")).planUpgrade(input, ruff),
    profile: async (input: ProfileInput) =>
      (await import("./work/profile.ts")).analyzeProfile(input),
  };
}

export type PackJobs = ReturnType<typeof createJobTable>;
