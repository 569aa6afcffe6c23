import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  InputProblem,
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { fields, list, whole, wordList, words, yesNo } from "../lib/fields.ts";
import type { Commit } from "../work/commits/log.ts";
import type { CommitAnswer, CommitReviewOptions } from "../work/commits/review.ts";

export interface CommitInput extends Omit<CommitReviewOptions, "date"> {
  log?: string;
  commits?: Commit[];
}

const short = { type: "string", minLength: 1, maxLength: 100 };
const names = { type: "array", items: short, minItems: 1, maxItems: 200 };
const length = { type: "integer", minimum: 20, maximum: 1_000 };
const count = { type: "integer", minimum: 0, maximum: 10_000_000 };

const input = plainObject({
  log: {
    type: "string",
    maxLength: 8_000_000,
    description: "Output of `git log --numstat`, such as of v1.2.0..HEAD.",
  },
  commits: {
    type: "array",
    minItems: 1,
    maxItems: 2_000,
    items: plainObject(
      {
        hash: short,
        message: { type: "string", maxLength: 20_000 },
        files: {
          type: "array",
          maxItems: 5_000,
          items: plainObject(
            { path: { ...short, maxLength: 1_000 }, added: count, removed: count },
            ["path", "added", "removed"],
          ),
        },
      },
      ["message"],
    ),
    description:
      "Instead of log: commits, the newest first. One message before committing is enough.",
  },
  rules: {
    ...plainObject({
      types: { ...names, description: "Default: those of config-conventional." },
      scopes: names,
      headerLength: length,
      lineLength: length,
    }),
    description: "What differs from @commitlint/config-conventional.",
  },
  maxLines: {
    type: "integer",
    minimum: 1,
    maximum: 1_000_000,
    description: "Changed lines that are too many for one commit. Default 400.",
  },
  version: { ...short, description: "The version before these commits: gives the next one." },
  changelog: {
    type: "string",
    maxLength: 2_000_000,
    description: "The text of CHANGELOG.md: gives a patch with the new section.",
  },
  ignore: ignoreProperty,
});

const bump = { enum: ["major", "minor", "patch", "none"] };
const output = answerObject(
  {
    commits: list(
      { header: words, ...fields("breaking valid", yesNo), bump, references: wordList },
      { ...fields("hash type scope", words), ...fields("added removed", whole) },
    ),
    ...fields("total valid", whole),
    bump,
    ...fields("because current next", words),
    section: { ...words, description: "The new section of the changelog, in Markdown." },
    patch: { ...words, description: "A unified diff of CHANGELOG.md." },
    ...reportProperties,
  },
  ["commits", "total", "valid", "bump", ...reportRequired],
);

export function commitReview(jobs: Jobs<PackJobs>, now: () => number): Tool {
  return defineTool<CommitInput>({
    name: "commit_review",
    title: "Review commits",
    description:
      "Reviews commits by Conventional Commits with commitlint's rules: messages, types that do not fit what was changed, unfinished and too large commits, breaking changes that are not marked. Proposes the next version (semver; before 1.0 one step lower) with the commit that asks for it, and the changelog's new section, as a patch when the changelog is passed. Use on one message before committing, or on git log before a release.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "What the next version is",
        arguments: {
          version: "1.4.2",
          commits: [
            { message: "feat(api)!: take only JSON\n\nBREAKING CHANGE: forms are refused" },
            { message: "fix: close the file" },
          ],
        },
      },
    ],
    run: (given, { signal }) =>
      answered(reviewed(jobs, { ...given, nowMs: now() }, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

async function reviewed(
  jobs: Jobs<PackJobs>,
  given: CommitInput & { nowMs: number },
  signal: AbortSignal,
): Promise<CommitAnswer> {
  if ((given.log === undefined) === (given.commits === undefined))
    throw new InputProblem("Give either log or commits.", { hint: "git log --numstat FROM..TO" });
  return jobs.run("commit_review", given, signal);
}

function textOf(value: CommitAnswer): string {
  const { total, valid, bump, because, current, next, section } = value;
  const versions =
    next === undefined || current === undefined
      ? `Next version: ${bump}.`
      : `Version ${current} → ${next} (${bump}).`;
  return [
    `${total} ${total === 1 ? "commit" : "commits"}, ${valid} with a good message. ${versions}${because === undefined ? "" : ` Because of: ${because}`}`,
    summaryOf(value),
    ...(section === undefined ? [] : [section.slice(0, 2_000)]),
  ].join("\n");
}
