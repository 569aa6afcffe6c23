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
import { sourceProperties } from "flotilla/worker/sources";
import type { PackWork } from "../jobs.ts";
import type { ManifestInput } from "../work/kubernetes/validate.ts";
import { MANIFEST_LIMITS, MANIFEST_WORDS } from "../work/limits.ts";

const word = { type: "string" };

export const versionProperty = {
  enum: ["1.37", "1.36", "1.35", "1.34"],
  description: "The Kubernetes version whose API is meant. Default 1.37.",
};

const input = plainObject({
  ...sourceProperties(MANIFEST_WORDS, MANIFEST_LIMITS),
  version: versionProperty,
  podSecurity: {
    enum: ["privileged", "baseline", "restricted"],
    description: "The Pod Security Standard to hold. Default restricted.",
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    version: word,
    objects: {
      type: "array",
      items: answerObject(
        {
          kind: word,
          apiVersion: word,
          name: word,
          namespace: word,
          file: word,
          line: { type: "integer" },
        },
        ["kind", "apiVersion", "name", "namespace", "file", "line"],
      ),
    },
    unknownKinds: { type: "array", items: word },
    ...reportProperties,
  },
  ["version", "objects", "unknownKinds", ...reportRequired],
);

export function kubernetesValidate(work: PackWork): Tool {
  return defineTool<ManifestInput>({
    name: "kubernetes_validate",
    title: "Validate Kubernetes manifests",
    description:
      "Checks manifests against Kubernetes' own API schemas, as strictly as the API server: unknown and misspelt fields, wrong types, removed APIs. Then what they mean together: selectors that select nothing, ports and references that lead nowhere, budgets that block drains, probes, requests and limits, and the Pod Security Standards. Each finding has a line, JSON pointer, fix, often a JSON Patch. Needs no cluster.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: [
      {
        title: "A misspelt field, a Service that selects nothing",
        arguments: {
          content:
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  replicas: 2\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      containers:\n        - name: web\n          image: nginx:1.29\n          imagePullPolice: Always\n---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: wbe }\n  ports: [{ port: 80 }]\n",
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("kubernetes_validate", given, signal), (value) => {
        const custom =
          value.unknownKinds.length === 0
            ? ""
            : ` Not checked against a schema: ${value.unknownKinds.slice(0, 10).join(", ")}.`;
        return structured(
          value,
          `${value.objects.length} objects for Kubernetes ${value.version}.${custom}\n${summaryOf(value)}`,
        );
      }),
  });
}
