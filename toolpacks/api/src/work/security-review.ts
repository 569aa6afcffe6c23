/** What the security rules share. */
import type { Bundle, Draft } from "../lib/document.ts";
import type { Operation } from "../lib/operations.ts";
import { strings } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";

export type Access = "public" | "optional" | "authenticated" | "scoped";

export interface Review {
  bundle: Bundle;
  operations: Operation[];
  schemes: Map<string, Dict>;
  isPublic: (operation: Operation) => boolean;
  report: (draft: Draft & { owasp: string }) => void;
}

export const WRITES = new Set(["post", "put", "patch", "delete"]);
/** An empty alternative among others makes authentication a matter of taste. */
export function accessOf({ security }: Operation): Access {
  const filled = security.filter((one) => Object.keys(one).length > 0);
  if (filled.length === 0) return "public";
  if (filled.length < security.length) return "optional";
  const scoped = filled.every((one) =>
    Object.values(one).some((scopes) => strings(scopes).length > 0),
  );
  return scoped ? "scoped" : "authenticated";
}
