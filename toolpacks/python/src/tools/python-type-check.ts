import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { TypeChecker } from "../engines/type-checker.ts";
import { LIMITS, codeProperties, targetVersion } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import { listOf } from "../lib/schemas.ts";
import type { TypeCheckAnswer, TypeCheckInput } from "../work/types.ts";

const input = plainObject({
  ...codeProperties,
  mode: {
    enum: ["basic", "standard", "strict"],
    description: "How much is reported. Default standard.",
  },
  pythonVersion: targetVersion,
  platform: { enum: ["Linux", "Darwin", "Windows", "All"] },
  rules: {
    type: "object",
    description: "Severity by pyright's rule: { reportOptionalMemberAccess: warning }.",
    additionalProperties: { enum: ["error", "warning", "information", "none"] },
    propertyNames: { pattern: "^(?:report|strict)[A-Za-z]{1,60}$" },
    maxProperties: 100,
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    files: { type: "integer" },
    byRule: listOf({ rule: { type: "string" }, count: { type: "integer" } }),
    unresolved: {
      type: "array",
      items: { type: "string" },
      description: "Modules that are not here: what comes from them is not checked.",
    },
    ...reportProperties,
  },
  ["files", "byRule", "unresolved", ...reportRequired],
);
/** A type checker reads all of its library first, and holds everything in memory. */
const FEWER = { ...LIMITS, maxFiles: 500, maxTotalBytes: 6_000_000 };

export function pythonTypeCheck(checker: TypeChecker): Tool {
  return defineTool<Given<TypeCheckInput>>({
    name: "python_type_check",
    title: "Check Python types",
    description:
      "Checks the types of Python code with pyright: wrong arguments and returns, attributes that do not exist, None that is not handled, unbound names, overrides that do not fit. Knows Python's library and the stubs of about 180 packages; other packages count as unknown and are listed. The first call starts the checker and takes a few seconds, later ones are quick. Use it after changing typed Python code.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 120_000,
    examples: [
      {
        title: "A wrong argument and a missing None check",
        arguments: {
          content:
            "import re\n\ndef double(n: int) -> int:\n    return n * 2\n\ndouble('2')\nprint(re.match('a', 'b').group())\n",
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(
        given,
        async (all) => (await import("../work/types.ts")).typeCheck(all, checker, signal),
        { answer: (value) => structured(value, textOf(value)), limits: FEWER },
      ),
  });
}

function textOf(value: TypeCheckAnswer): string {
  const { unresolved } = value;
  const rest =
    unresolved.length === 0
      ? []
      : [
          `Not checked, because they are not here: ${unresolved.slice(0, 12).join(", ")}${unresolved.length > 12 ? " …" : ""}.`,
        ];
  return [summaryOf(value), ...rest].join("\n");
}
