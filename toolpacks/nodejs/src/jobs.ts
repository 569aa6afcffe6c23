/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import { InputProblem } from "flotilla/worker/review";
import { readSourceBytes, readSources, resolveInWorkspace } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import {
  BUNDLE_LIMITS,
  CODE_LIMITS,
  LOCK_LIMITS,
  MAX_HEAP_BYTES,
  MAX_SNAPSHOT_BYTES,
  PACKAGE_LIMITS,
  PROFILE_LIMITS,
} from "./limits.ts";
import type { ScanAnswer, ScanInput } from "./work/advisories/scan.ts";
import type { BundleAnswer, BundleInput } from "./work/bundle/analyze.node.ts";
import type { CompatAnswer, CompatInput } from "./work/compat/check.ts";
import type { GraphAnswer, GraphInput } from "./work/graph/graph.ts";
import type { HazardsAnswer, HazardsInput } from "./work/hazards/hazards.ts";
import type { HeapAnswer, HeapFile, HeapInput } from "./work/heap/analyze.ts";
import type { ProfileAnswer, ProfileInput } from "./work/profile/analyze.ts";
import type { ReviewAnswer, ReviewInput } from "./work/package/review.ts";

export interface HeapJob extends HeapInput {
  content?: string;
  path?: string;
  earlierContent?: string;
  earlierPath?: string;
}
interface ScanJob extends ScanInput, SourceInput {
  advisoriesPath?: string;
  bulk: Readonly<Record<string, unknown>>;
}

export const jobs = {
  async node_package_review(input: ReviewInput & SourceInput): Promise<ReviewAnswer> {
    const { reviewPackage } = await import("./work/package/review.ts");
    return reviewPackage(input, await readSources(input, PACKAGE_LIMITS));
  },
  async node_dependency_graph(input: GraphInput & SourceInput): Promise<GraphAnswer> {
    const { dependencyGraph } = await import("./work/graph/graph.ts");
    return dependencyGraph(input, await readSources(input, LOCK_LIMITS));
  },
  async lock_versions(input: SourceInput): Promise<Record<string, string[]>> {
    const { versionsIn } = await import("./work/advisories/scan.ts");
    return versionsIn(await readSources(input, LOCK_LIMITS));
  },
  async node_vulnerability_scan({
    bulk,
    advisoriesPath: file,
    ...input
  }: ScanJob): Promise<ScanAnswer> {
    const { scanLock } = await import("./work/advisories/scan.ts");
    const files = await readSources(input, LOCK_LIMITS);
    if (file === undefined) return scanLock(input, files, { bulk });
    const bytes = await readSourceBytes(file, MAX_SNAPSHOT_BYTES);
    return scanLock(input, files, { bulk, snapshot: { file, bytes } });
  },
  async node_bundle_analyze({
    files,
    path,
    ...input
  }: BundleInput & SourceInput): Promise<BundleAnswer> {
    const { analyzeBundle } = await import("./work/bundle/analyze.node.ts");
    // By path esbuild reads the files itself, so that packages count too; each is held against the workspace.
    if (path !== undefined && files === undefined)
      return analyzeBundle(input, { folder: await resolveInWorkspace(path) });
    return analyzeBundle(input, {
      files: await readSources(
        { ...(files === undefined ? {} : { files }), ...(path === undefined ? {} : { path }) },
        BUNDLE_LIMITS,
      ),
    });
  },
  async node_cpu_profile_analyze(input: ProfileInput & SourceInput): Promise<ProfileAnswer> {
    const { analyzeProfile } = await import("./work/profile/analyze.ts");
    const [[file, text] = ["", ""]] = Object.entries(await readSources(input, PROFILE_LIMITS));
    return analyzeProfile(input, { file, text });
  },
  async node_module_compat(input: CompatInput & SourceInput): Promise<CompatAnswer> {
    const { checkCompat } = await import("./work/compat/check.ts");
    return checkCompat(input, await readSources(input, PACKAGE_LIMITS));
  },
  async node_async_hazards(input: HazardsInput & SourceInput): Promise<HazardsAnswer> {
    const { findHazards } = await import("./work/hazards/hazards.ts");
    return findHazards(input, await readSources(input, CODE_LIMITS));
  },
  async node_heap_snapshot_analyze(input: HeapJob): Promise<HeapAnswer> {
    const { analyzeHeap } = await import("./work/heap/analyze.ts");
    const { content, path, earlierContent, earlierPath } = input;
    const later = await heapFile("heap.heapsnapshot", content, path);
    const earlier =
      earlierContent === undefined && earlierPath === undefined
        ? undefined
        : await heapFile("earlier.heapsnapshot", earlierContent, earlierPath);
    return analyzeHeap(input, later, earlier);
  },
};

/** Bytes, not text: a snapshot can be longer than a string may be. */
async function heapFile(name: string, content?: string, path?: string): Promise<HeapFile> {
  if ((content === undefined) === (path === undefined))
    throw new InputProblem("Give a snapshot either as text or by its path.", {
      hint: "Pass content or path; for an earlier one earlierContent or earlierPath.",
    });
  if (path !== undefined) return { file: path, bytes: await readSourceBytes(path, MAX_HEAP_BYTES) };
  return { file: name, bytes: new TextEncoder().encode(content) };
}

export type PackJobs = typeof jobs;
