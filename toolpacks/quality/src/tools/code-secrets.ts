import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
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
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";

export interface SecretsInput extends CodeArguments {
  allow?: string[];
  ignore?: string[];
}

export function codeSecrets(jobs: Jobs<PackJobs>, now: () => number): Tool {
  return defineTool<SecretsInput>({
    name: "code_secrets",
    title: "Find secrets in code",
    description:
      "Finds secrets in any text: tokens and keys of known services by their format (checksums are verified where the format has one), private keys, connection strings, JSON Web Tokens (also whether they expired), and random values or passwords assigned to names that say so. Placeholders and references to variables are left out. The secrets themselves are never repeated.",
    input: plainObject({
      ...codeProperties("any text"),
      allow: {
        type: "array",
        items: { type: "string", maxLength: 5_000 },
        maxItems: 200,
        description: "Values that are known to be harmless, in full.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        files: { type: "integer" },
        filesWithSecrets: { type: "array", items: { type: "string" } },
        ...reportProperties,
      },
      ["files", "filesWithSecrets", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A token that was made up, and a password",
        arguments: {
          files: {
            ".env":
              "GITHUB_TOKEN=ghp_aaaabbbbccccddddeeeeffffgggghhhh1234\nDB_PASSWORD=tr0ub4dor&3\n",
          },
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("code_secrets", { ...input, nowMs: now() }, signal), (value) =>
        structured(value, `${value.files} files read. ${summaryOf(value)}`),
      ),
  });
}
