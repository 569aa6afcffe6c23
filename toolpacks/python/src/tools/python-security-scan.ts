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
import { codeProperties, targetVersion } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import type { PythonJobs } from "../lib/run.ts";
import type { SecurityAnswer, SecurityInput } from "../work/security.ts";

const input = plainObject({
  ...codeProperties,
  severity: {
    enum: ["low", "medium", "high"],
    description: "Leave out what is less severe. Default low.",
  },
  tests: {
    enum: ["quiet", "same", "skip"],
    description:
      "Files of tests: quiet (default) drops what is usual there (assert, fixed passwords, temporary files), same treats them like all others, skip leaves them out.",
  },
  targetVersion,
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    files: { type: "integer" },
    weaknesses: {
      type: "array",
      description: "Findings by weakness, most first.",
      items: {
        type: "object",
        properties: {
          cwe: { type: "string" },
          title: { type: "string" },
          count: { type: "integer" },
          rules: { type: "array", items: { type: "string" } },
        },
        required: ["cwe", "title", "count", "rules"],
      },
    },
    suppressed: {
      type: "integer",
      description: "Lines with `# nosec` or `# noqa` for these rules: look at them too.",
    },
    ...reportProperties,
  },
  ["files", "weaknesses", "suppressed", ...reportRequired],
);

export function pythonSecurityScan(work: PythonJobs): Tool {
  return defineTool<Given<SecurityInput>>({
    name: "python_security_scan",
    title: "Scan Python for security",
    description:
      "Looks for insecure Python: injection through shell, SQL, eval or templates, unsafe deserialisation (pickle, yaml, marshal), weak hashes and ciphers, TLS without checks, fixed passwords, unsafe temporary files, archives and XML, binding to all interfaces, debug servers. Each finding has its CWE, severity and what to do. Use it on code that takes input from outside.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "Shell injection and unsafe YAML",
        arguments: {
          content:
            "import subprocess\nimport yaml\n\ndef run(name, text):\n    subprocess.run('convert ' + name, shell=True)\n    return yaml.load(text)\n",
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("security", all, signal), {
        answer: (value) => structured(value, textOf(value)),
      }),
  });
}

function textOf(value: SecurityAnswer): string {
  const kinds = value.weaknesses
    .slice(0, 6)
    .map(({ cwe, title, count }) => `${cwe} ${title} (${count})`);
  return [
    summaryOf(value),
    kinds.length === 0 ? "" : `By weakness: ${kinds.join("; ")}.`,
    value.suppressed === 0 ? "" : `${value.suppressed} lines are suppressed by comments.`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}
