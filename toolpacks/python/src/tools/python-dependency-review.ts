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
import { sourceProperties } from "flotilla/worker/sources";
import { LIMITS } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import type { PythonJobs } from "../lib/run.ts";
import { listOf, numbers } from "../lib/schemas.ts";
import type { DependencyAnswer, DependencyInput } from "../work/dependencies.ts";

const text = { type: "string" };
const input = plainObject({
  ...sourceProperties(
    {
      content: "One requirements.txt.",
      files:
        "Manifests (requirements*.txt, constraints.txt, pyproject.toml, Pipfile), lock files (uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock) and the *.py files to compare with.",
      path: "A manifest or a project's folder.",
    },
    LIMITS,
  ),
  mapping: {
    type: "object",
    description:
      "The distribution that brings a module, where the names differ: { cv2: opencv-python }.",
    additionalProperties: { type: "string", minLength: 1, maxLength: 200 },
    maxProperties: 500,
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    manifests: { type: "array", items: text },
    locks: { type: "array", items: text },
    requiresPython: text,
    dependencies: {
      type: "array",
      items: {
        type: "object",
        properties: {
          name: text,
          group: { type: "string", description: "main, build, constraint, an extra or a group." },
          file: text,
          line: { type: "integer" },
          specifier: text,
          locked: text,
          modules: { type: "array", items: text },
        },
        required: ["name", "group", "file", "line", "specifier", "modules"],
      },
    },
    ...numbers("lockedPackages"),
    imports: {
      ...listOf({ module: text, files: { type: "integer" } }),
      description: "Modules of others that the code imports.",
    },
    ...reportProperties,
  },
  ["manifests", "locks", "dependencies", "lockedPackages", "imports", ...reportRequired],
);

export function pythonDependencyReview(work: PythonJobs): Tool {
  return defineTool<Given<DependencyInput>>({
    name: "python_dependency_review",
    title: "Review Python dependencies",
    description:
      "Reviews what a Python project depends on: version conflicts (PEP 440), markers that are never or always true (PEP 508), pins and hashes, unsafe indexes and URLs, drift between manifest and lock, and by reading the code dependencies that are unused, missing, or declared for development only. Reads requirements files, pyproject.toml (PEP 621, groups, Poetry), Pipfile, and the locks of uv, Poetry, PDM and Pipenv.",
    input,
    output,
    annotations: PURE,
    examples: [
      {
        title: "A conflict, and what the code imports",
        arguments: {
          files: {
            "requirements.txt": "requests>=2.31\nurllib3<2\nflask\n",
            "constraints.txt": "requests<2.30\n",
            "app.py": "import requests\nimport yaml\n\nprint(requests, yaml)\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("dependencies", all, signal), {
        answer: (value) => structured(value, textOf(value)),
        limits: { ...LIMITS, contentName: "requirements.txt" },
      }),
  });
}

function textOf(value: DependencyAnswer): string {
  const { dependencies, manifests, locks, lockedPackages, imports, requiresPython } = value;
  return [
    `${dependencies.length} requirements in ${manifests.join(", ") || "no manifest"}; ${lockedPackages} packages in ${locks.join(", ") || "no lock"}; ${imports.length} packages imported${requiresPython === undefined ? "" : `; Python ${requiresPython}`}.`,
    summaryOf(value),
  ].join("\n");
}
