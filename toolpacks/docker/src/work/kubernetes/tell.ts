/** How rules tell what they found in an object. */
import type { Finding, PatchStep, Severity } from "flotilla/worker/review";
import { pointerOf } from "../yaml-text.ts";
import type { Path } from "../yaml-text.ts";
import type { KubeObject } from "./objects.ts";

export interface Told {
  rule: string;
  severity: Severity;
  message: string;
  owner: KubeObject;
  path?: Path;
  evidence?: string;
  fix?: string;
  /** A value to put at a path of the object. */
  set?: { path: Path; value: unknown; replaces?: boolean };
  reference?: string;
}
export type Tell = (told: Told) => void;

export function teller(findings: Finding[]): Tell {
  return ({ owner, path = [], set, ...one }) => {
    const patch: PatchStep[] | undefined =
      set === undefined
        ? undefined
        : [
            {
              op: set.replaces === true ? "replace" : "add",
              path: pointerOf(set.path),
              value: set.value,
            },
          ];
    findings.push({
      ...one,
      object: nameOf(owner),
      location: owner.place(...path),
      ...(patch !== undefined && { patch }),
    });
  };
}

export function nameOf({ kind, name, namespace }: KubeObject): string {
  return `${kind}/${namespace === "default" ? "" : `${namespace}/`}${name === "" ? "(no name)" : name}`;
}
