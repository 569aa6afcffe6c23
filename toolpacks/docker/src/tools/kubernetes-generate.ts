import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, findingSchema, plainObject } from "flotilla/worker/review";
import type { PackWork } from "../jobs.ts";
import type { GenerateInput } from "../work/manifests/generate.ts";
import { versionProperty } from "./kubernetes-validate.ts";

const word = { type: "string", minLength: 1, maxLength: 500 };
const words = (description: string): Record<string, unknown> => ({
  type: "array",
  items: word,
  maxItems: 100,
  description,
});

export const nameProperty = (description: string): Record<string, unknown> => ({
  type: "string",
  minLength: 1,
  maxLength: 63,
  description,
});
export const objectsSchema = {
  type: "array",
  items: answerObject({ kind: { type: "string" }, name: { type: "string" } }, ["kind", "name"]),
};

const port = { type: "integer", minimum: 1, maximum: 65_535 };
const input = plainObject(
  {
    name: nameProperty("Of the service: lower-case letters, digits, dashes."),
    image: { ...word, description: "With its tag or digest." },
    namespace: nameProperty("Default: none is written."),
    version: versionProperty,
    ports: {
      type: "array",
      maxItems: 20,
      items: plainObject(
        { name: nameProperty("At most 15 characters."), port, protocol: { enum: ["TCP", "UDP"] } },
        ["port"],
      ),
      description: "What the container listens on.",
    },
    replicas: { type: "integer", minimum: 1, maximum: 1_000 },
    autoscale: plainObject(
      {
        min: { type: "integer", minimum: 1, maximum: 1_000 },
        max: { type: "integer", minimum: 1, maximum: 1_000 },
        cpuPercent: { type: "integer", minimum: 1, maximum: 100 },
      },
      ["min", "max"],
    ),
    command: words("In place of the image's entry point."),
    args: words("In place of the image's command."),
    env: {
      type: "object",
      additionalProperties: { type: "string", maxLength: 5_000 },
      maxProperties: 200,
      description: "Plain variables; secrets are refused here.",
    },
    secretEnv: {
      type: "object",
      additionalProperties: plainObject({ secret: word, key: word }, ["secret", "key"]),
      maxProperties: 100,
      description: "Variables taken from Secrets.",
    },
    cpu: { ...word, description: "Requested: 250m. Default 100m." },
    memory: { ...word, description: "Requested, and the limit: 256Mi. Default 128Mi." },
    healthPath: { ...word, description: "HTTP path that says whether the process lives." },
    readyPath: { ...word, description: "HTTP path that says whether it can serve." },
    writablePaths: words("Folders it writes to, beside /tmp."),
    storage: plainObject({ path: word, size: word, storageClass: word }, ["path", "size"]),
    host: { ...word, description: "A host name: adds an Ingress." },
    tlsSecret: word,
    allowFrom: words("Names of services that may connect. Default: all of the namespace."),
    allowTo: words("Names of services it may connect to, beside DNS. Default: everywhere."),
    userId: { type: "integer", minimum: 1, maximum: 2_147_483_647 },
  },
  ["name", "image"],
);

export function kubernetesGenerate(work: PackWork): Tool {
  return defineTool<GenerateInput>({
    name: "kubernetes_generate",
    title: "Generate Kubernetes manifests",
    description:
      "Writes manifests for one described service: Deployment (StatefulSet with storage), Service, ServiceAccount, NetworkPolicy, and as needed HorizontalPodAutoscaler, PodDisruptionBudget, Ingress. Restricted Pod Security, probes, requests and limits from the start; every choice is told with its reason, and the result is checked like any manifest.",
    input,
    output: answerObject(
      {
        manifest: { type: "string" },
        objects: objectsSchema,
        decisions: { type: "array", items: { type: "string" } },
        findings: { type: "array", items: findingSchema },
      },
      ["manifest", "objects", "decisions", "findings"],
    ),
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "A web service that scales",
        arguments: {
          name: "shop",
          image: "registry.example/shop:1.4.2",
          ports: [{ port: 8080 }],
          autoscale: { min: 2, max: 6 },
          healthPath: "/healthz",
          allowTo: ["db"],
        },
      },
    ],
    run: (given, { signal }) =>
      answered(work.run("kubernetes_generate", given, signal), (value) =>
        structured(
          value,
          [
            `${value.objects.map(({ kind }) => kind).join(", ")}.`,
            ...value.decisions.map((one) => `- ${one}`),
            "",
            value.manifest,
          ].join("\n"),
        ),
      ),
  });
}
