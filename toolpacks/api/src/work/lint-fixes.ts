/** What to do about a lint problem: a step in words, and as a JSON Patch where the right change is certain. */
import type { NormalizedProblem } from "@redocly/openapi-core";
import { pointerOf } from "../lib/document.ts";
import type { Bundle, Path } from "../lib/document.ts";
import type { PatchStep } from "flotilla/worker/review";
import { dict } from "../lib/values.ts";

interface Fix {
  fix?: string;
  patch?: PatchStep[];
}
interface Place {
  file: string;
  path: Path;
}

const STEPS: Record<string, string> = {
  "operation-operationId":
    "Give the operation a unique operationId; generated clients are named by it.",
  "operation-operationId-unique":
    "Rename one of the two; clients generate one function per operationId.",
  "operation-operationId-url-safe": "Use only letters, digits, and -._~ in the operationId.",
  "operation-summary": "Say in a few words what the operation does, as summary.",
  "operation-4xx-response":
    "Describe at least one 4XX response, so that clients know the shape of errors.",
  "operation-2xx-response": "Describe the response of success.",
  "security-defined":
    "Say which security scheme applies, or `security: []` where anybody may call.",
  "security-scopes-defined": "Declare the scope in the flows of its security scheme.",
  "info-license": "Say under which licence the API description is published, as info.license.",
  "info-license-strict": "Give the licence a url or an SPDX identifier.",
  "no-unused-components": "Remove the component, or refer to it.",
  "no-server-example.com": "Name the real server.",
  "no-identical-paths": "Merge the two: names of path parameters do not tell paths apart.",
  "no-ambiguous-paths": "Change one of the paths: which one a request means is left to the server.",
  "path-parameters-defined": "Declare the parameter with `in: path`, or take it out of the path.",
  "no-unresolved-refs": "Correct the $ref, or pass the file it names among the files.",
  "no-invalid-media-type-examples": "Correct the example or the schema: they do not agree.",
  "no-invalid-schema-examples": "Correct the example or the schema: they do not agree.",
  "no-enum-type-mismatch": "Make the enum's values of the schema's type.",
  "no-required-schema-properties-undefined": "Describe the property, or take it out of required.",
  "tag-description": "Say in a sentence what the tag groups.",
};

export function fixOf(bundle: Bundle, problem: NormalizedProblem, place: Place): Fix {
  const patch = patchOf(bundle, problem.ruleId, place);
  const [suggestion] = problem.suggest;
  const words = suggestion === undefined ? STEPS[problem.ruleId] : `Did you mean "${suggestion}"?`;
  return {
    ...(words === undefined ? {} : { fix: words }),
    ...(patch === undefined ? {} : { patch }),
  };
}

function patchOf(bundle: Bundle, rule: string, { file, path }: Place): PatchStep[] | undefined {
  const value = valueAt(bundle, file, path);
  const pointer = pointerOf(path);
  switch (rule) {
    case "no-server-trailing-slash": {
      if (typeof value !== "string") return undefined;
      return [{ op: "replace", path: pointer, value: value.replace(/\/+$/, "") }];
    }
    case "no-path-trailing-slash": {
      const key = String(path.at(-1) ?? "");
      const to = pointerOf([...path.slice(0, -1), key.replace(/\/+$/, "")]);
      return [
        { op: "remove", path: pointer },
        { op: "add", path: to, value },
      ];
    }
    case "no-unused-components":
      return [{ op: "remove", path: pointer }];
    case "no-duplicated-enum-values": {
      const holder = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
      const values = valueAt(bundle, file, holder);
      if (!Array.isArray(values)) return undefined;
      return [{ op: "replace", path: pointerOf(holder), value: [...new Set<unknown>(values)] }];
    }
    default:
      return undefined;
  }
}

function valueAt(bundle: Bundle, file: string, path: Path): unknown {
  let value: unknown = bundle.files.get(file)?.value;
  for (const key of path) {
    value = Array.isArray(value) ? (value as unknown[])[Number(key)] : dict(value)[key];
  }
  return value;
}
