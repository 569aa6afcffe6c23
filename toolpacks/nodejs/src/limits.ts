/** How much each tool reads. */
import type { SourceLimits } from "flotilla/worker/sources";

const MB = 1_048_576;

/** Lockfiles and manifests: the largest monorepos have some 20 MB. */
export const LOCK_LIMITS: SourceLimits = {
  maxFiles: 200,
  maxFileBytes: 32 * MB,
  maxTotalBytes: 48 * MB,
  contentName: "lockfile",
  include: (path) =>
    /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/.test(
      path,
    ),
};

/** An OSV snapshot; npm's whole archive is some 200 MB zipped. */
export const MAX_SNAPSHOT_BYTES = 512 * MB;

/** A package with what it ships. */
export const PACKAGE_LIMITS: SourceLimits = {
  maxFiles: 10_000,
  maxFileBytes: 32 * MB,
  maxTotalBytes: 96 * MB,
  contentName: "package.json",
  enter: (folder) => folder !== "node_modules" && folder !== ".git",
};

/** One profile; an hour at a sample a millisecond is some 100 MB. */
export const PROFILE_LIMITS: SourceLimits = {
  maxFiles: 1,
  maxFileBytes: 256 * MB,
  maxTotalBytes: 256 * MB,
  contentName: "profile.cpuprofile",
};

/** Snapshots are about as large as the heap. Twice this fits the thread's memory beside it. */
export const MAX_HEAP_BYTES = 512 * MB;
/** As an argument; a JSON message much larger would stop the drone for seconds. */
export const MAX_HEAP_TEXT = 64 * MB;

/** Modules for a bundle as texts; from a folder they are read as they are imported. */
export const BUNDLE_LIMITS: SourceLimits = {
  maxFiles: 10_000,
  maxFileBytes: 16 * MB,
  maxTotalBytes: 64 * MB,
  contentName: "index.js",
};

/** A code base. */
export const CODE_LIMITS: SourceLimits = {
  maxFiles: 5_000,
  maxFileBytes: 4 * MB,
  maxTotalBytes: 32 * MB,
  contentName: "module.ts",
  include: (path) => /\.[mc]?[jt]sx?$/.test(path),
};
