/** Reviews commits: their messages, their size, what they mean for the version and for the changelog. */
import { CommitParser } from "conventional-commits-parser";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { inc, valid } from "semver";
import { patchOf } from "../../lib/patches.ts";
import { kindOf } from "../review/kinds.ts";
import { inserted, sectionOf } from "./changelog.ts";
import type { ChangelogEntry } from "./changelog.ts";
import { PARSER, lintMessage } from "./lint.ts";
import type { CommitRules } from "./lint.ts";
import type { ChangedPath, Commit } from "./log.ts";

export type Bump = "major" | "minor" | "patch" | "none";

export interface CommitReviewOptions {
  rules?: CommitRules | undefined;
  maxLines?: number | undefined;
  version?: string | undefined;
  changelog?: string | undefined;
  ignore?: string[] | undefined;
  /** `2026-01-31`. */
  date: string;
}
export interface ReviewedCommit {
  hash?: string;
  header: string;
  type?: string;
  scope?: string;
  breaking: boolean;
  valid: boolean;
  bump: Bump;
  references: string[];
  added?: number;
  removed?: number;
}
export interface CommitAnswer extends FindingReport {
  commits: ReviewedCommit[];
  total: number;
  valid: number;
  bump: Bump;
  /** The commit that asks for it. */
  because?: string;
  current?: string;
  next?: string;
  /** The section for the changelog. */
  section?: string;
  /** The same as a change to the changelog that was passed. */
  patch?: string;
}

const DEFAULT_MAX_LINES = 400;
const MAX_LISTED = 500;
const MAX_MIXED = 25;
const ORDER: readonly Bump[] = ["none", "patch", "minor", "major"];
const UNFINISHED = /^(?:wip\b|(?:fixup|squash|amend)! |todo\b|tmp\b)/i;

export async function reviewCommits(
  commits: readonly Commit[],
  options: CommitReviewOptions,
): Promise<CommitAnswer> {
  const { version, changelog, ignore, rules = {} } = options;
  if (version !== undefined && valid(version) === null)
    throw new InputProblem(`"${version}" is no version.`, { hint: "Such as 1.4.2." });
  const findings: Finding[] = [];
  const reviewed: { commit: ReviewedCommit; entry: ChangelogEntry | undefined }[] = [];
  for (const commit of commits) {
    const one = readCommit(commit);
    const linted = await lintMessage(commit.message, rules);
    const object = commit.hash?.slice(0, 12) ?? one.commit.header;
    const evidence = one.commit.header.slice(0, 200);
    findings.push(
      ...[...linted, ...contentFindings(commit, one.commit, options.maxLines)].map((found) => ({
        object,
        evidence,
        ...found,
      })),
    );
    one.commit.valid = !linted.some(({ severity }) => severity === "error");
    reviewed.push(one);
  }
  const all = reviewed.map(({ commit }) => commit);
  const bump = ORDER[Math.max(...all.map((one) => ORDER.indexOf(one.bump)))] ?? "none";
  const cause = bump === "none" ? undefined : all.find((one) => one.bump === bump);
  const next = version === undefined ? undefined : nextVersion(version, bump);
  const entries = reviewed.flatMap(({ entry }) => entry ?? []);
  const section = sectionOf(entries, next ?? "Unreleased", options.date);
  const patch =
    changelog === undefined || section === undefined
      ? undefined
      : patchOf("CHANGELOG.md", changelog, inserted(changelog, section));
  return {
    commits: all.slice(0, MAX_LISTED),
    total: all.length,
    valid: all.filter((one) => one.valid).length,
    bump,
    ...(cause === undefined ? {} : { because: cause.header }),
    ...(version === undefined ? {} : { current: version }),
    ...(next === undefined ? {} : { next }),
    ...(section === undefined ? {} : { section }),
    ...(patch === undefined ? {} : { patch }),
    ...reportOf(findings, { ignore }),
  };
}

function readCommit({ hash, message, files }: Commit): {
  commit: ReviewedCommit;
  entry: ChangelogEntry | undefined;
} {
  const trimmed = message.trim();
  const header = trimmed.split("\n", 1)[0] ?? "";
  const parsed = trimmed === "" ? undefined : new CommitParser(PARSER).parse(trimmed);
  const type = parsed?.["type"] ?? undefined;
  const scope = parsed?.["scope"] ?? undefined;
  const notes = parsed?.notes.map(({ text }) => text) ?? [];
  const breaking = notes.length > 0;
  const subject = parsed?.["subject"] ?? undefined;
  const common = {
    ...(hash === undefined ? {} : { hash }),
    ...(scope === undefined ? {} : { scope }),
  };
  return {
    commit: {
      ...common,
      header: header.slice(0, 300),
      ...(type === undefined ? {} : { type }),
      breaking,
      valid: true,
      bump: breaking ? "major" : bumpOf(type),
      references: parsed?.references.map(({ raw }) => raw.slice(0, 100)) ?? [],
      ...(files === undefined ? {} : sizeOf(files)),
    },
    entry:
      type === undefined || subject === undefined
        ? undefined
        : { ...common, type: type.toLowerCase(), subject, breaking, notes },
  };
}

function bumpOf(type: string | undefined): Bump {
  if (type === undefined) return "none";
  const name = type.toLowerCase();
  if (name === "feat") return "minor";
  return name === "fix" || name === "perf" || name === "revert" ? "patch" : "none";
}

/** Before 1.0 a breaking change raises the second number, and a feature the third, as npm's ranges read them. */
function nextVersion(version: string, bump: Bump): string {
  if (bump === "none") return version;
  const isEarly = version.replace(/^v/, "").startsWith("0.");
  const step = isEarly ? (bump === "major" ? "minor" : "patch") : bump;
  return inc(version, step) ?? version;
}

/** Lock files and what tools write do not count: nobody reads them line by line. */
function sizeOf(files: readonly ChangedPath[]): { added: number; removed: number } {
  const read = files.filter(({ path }) => !["lock", "generated"].includes(kindOf(path)));
  const sum = (key: "added" | "removed"): number => read.reduce((all, one) => all + one[key], 0);
  return { added: sum("added"), removed: sum("removed") };
}

type Found = Pick<Finding, "rule" | "severity" | "message"> & Partial<Finding>;

function contentFindings(
  { message, files = [] }: Commit,
  { header, type, breaking, added = 0, removed = 0 }: ReviewedCommit,
  maxLines = DEFAULT_MAX_LINES,
): Found[] {
  const found: Found[] = [];
  if (message.trim() === "")
    found.push({ rule: "empty-message", severity: "error", message: "The commit has no message." });
  if (UNFINISHED.test(header))
    found.push({
      rule: "unfinished-commit",
      severity: "warning",
      message: "It is marked as unfinished.",
      fix: "Rebase with --autosquash, or finish it.",
    });
  if (added + removed > maxLines)
    found.push({
      rule: "large-change",
      severity: "warning",
      message: `It changes ${added + removed} lines; more than ${maxLines} are hard to review.`,
      evidence: `+${added} −${removed} in ${files.length} files`,
      fix: "Split it by purpose.",
    });
  const mixed = mixedTypes(type, files);
  if (mixed !== undefined) found.push(mixed);
  if (/\bbreaking[ -]changes?\b/i.test(message) && !breaking)
    found.push({
      rule: "breaking-not-marked",
      severity: "warning",
      message: "It speaks of a breaking change, but no tool will see it.",
      fix: "Put ! before the colon, or write a footer BREAKING CHANGE: …",
    });
  return found;
}

/** A type that says less than what was touched. */
function mixedTypes(type: string | undefined, files: readonly ChangedPath[]): Found | undefined {
  const sources = files.filter(({ path }) => kindOf(path) === "source").map(({ path }) => path);
  if ((type === "docs" || type === "test") && sources.length > 0)
    return {
      rule: "type-does-not-fit",
      severity: "warning",
      message: `It is called ${type}, but changes source code.`,
      evidence: sources.slice(0, 5).join(", "),
      fix: "Choose the type of the source change, or split it.",
    };
  const folders = new Set(sources.map((path) => path.split("/").slice(0, 2).join("/")));
  if (folders.size < 5 || sources.length < MAX_MIXED) return undefined;
  return {
    rule: "scattered-change",
    severity: "info",
    message: `It changes ${sources.length} source files in ${folders.size} folders.`,
    fix: "See whether it is one change.",
  };
}
