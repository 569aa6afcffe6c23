/** What the lockfile tools take. */
import { sourceProperties } from "flotilla/worker/sources";
import { LOCK_LIMITS } from "../limits.ts";

export const lockProperties = sourceProperties(
  {
    content:
      "A lockfile: package-lock.json (1 to 3), pnpm-lock.yaml or yarn.lock (classic or later).",
    files:
      "A lockfile under its own name, and the package.json beside it (yarn's lockfiles do not say what the project itself asks for).",
    path: "A lockfile, or a folder with one.",
  },
  LOCK_LIMITS,
);
