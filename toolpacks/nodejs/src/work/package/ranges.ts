/** What a project asks for: ranges that hold nothing, or more than anyone tested. */
import semver from "semver";
import type { Finding } from "flotilla/worker/review";
import { own, pointerOf, textsOf } from "../json.ts";
import { about } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

const TABLES = ["dependencies", "devDependencies", "optionalDependencies"] as const;

type Verdict = Pick<Finding, "rule" | "severity" | "message"> & { fix?: string };

export function rangeFindings(manifest: Manifest): Finding[] {
  return TABLES.flatMap((table) =>
    textsOf(own(manifest.fields, table)).flatMap(([name, range]) => {
      const verdict = verdictOf(range.trim());
      if (verdict === undefined) return [];
      const object = name;
      return [
        about(manifest, pointerOf(table, name), {
          ...verdict,
          object,
          evidence: range.slice(0, 300),
        }),
      ];
    }),
  );
}

/** Undefined: nothing to say. */
export function verdictOf(range: string): Verdict | undefined {
  if (/^(workspace|link|portal|catalog|patch):/.test(range)) return undefined;
  if (/^(file:|\.{0,2}\/|~\/)/.test(range)) return undefined;
  if (/^https?:\/\/.*\.(tgz|tar\.gz)([?#]|$)/.test(range) || range.startsWith("http://"))
    return {
      rule: "dependency-from-url",
      severity: range.startsWith("http://") ? "error" : "warning",
      message: range.startsWith("http://")
        ? "It is fetched without encryption."
        : "It is fetched from a URL: whoever owns that decides what comes.",
      fix: "Take it from a registry, or vendor it.",
    };
  if (
    /^(git[+:@]|github:|gitlab:|bitbucket:|gist:|https?:|ssh:)/.test(range) ||
    /^[\w.-]+\/[\w.-]+(#.*)?$/.test(range)
  )
    return /#(semver:.+|[0-9a-f]{40})$/.test(range)
      ? undefined
      : {
          rule: "dependency-unpinned",
          severity: "warning",
          message: "It follows a branch or tag of a repository, which can move.",
          fix: "Name a full commit: #<40 hexadecimal digits>.",
        };
  return versionVerdict(range.replace(/^npm:(@?[^@]+@)?/, ""));
}

function versionVerdict(range: string): Verdict | undefined {
  const fix = "Ask for a range with an upper bound, such as ^1.2.3.";
  if (range === "" || range === "*" || range === "x")
    return {
      rule: "dependency-unpinned",
      severity: "warning",
      message: "Any version will do, also the next major one.",
      fix,
    };
  const valid = semver.validRange(range);
  if (valid === null)
    return /^[a-z][\w.-]*$/i.test(range)
      ? {
          rule: "dependency-unpinned",
          severity: "warning",
          message: "It follows a tag of the registry, which can move.",
          fix,
        }
      : {
          rule: "dependency-invalid",
          severity: "error",
          message: "This is no range of versions.",
          fix,
        };
  const open = new semver.Range(range).set.some(
    (all) => !all.some(({ operator }) => operator === "<" || operator === "<=" || operator === ""),
  );
  return open
    ? {
        rule: "dependency-unpinned",
        severity: "warning",
        message: "The range has no upper bound: it takes the next major version too.",
        fix,
      }
    : undefined;
}
