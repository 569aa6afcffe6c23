/** Manifests for a described service; what comes out is checked by the same rules as everyone's manifests. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { readObjects } from "../kubernetes/objects.ts";
import { validateObjects } from "../kubernetes/validate.ts";
import type { KubernetesVersion } from "../kubernetes/schemas.ts";
import { QUANTITY } from "../kubernetes/check.ts";
import { secretIn, secretName } from "../secrets.ts";
import type { Dict } from "../values.ts";
import {
  SAFE_CONTAINER,
  SAFE_POD,
  disruptionBudget,
  labelsFor,
  metadata,
  serviceAccount,
  serviceObject,
  toYaml,
  workloadObject,
} from "./build.ts";
import type { PortSpec, VolumeSpec, Workload } from "./build.ts";

export interface GenerateInput {
  name: string;
  image: string;
  namespace?: string;
  version?: KubernetesVersion;
  ports?: { name?: string; port: number; protocol?: "TCP" | "UDP" }[];
  replicas?: number;
  autoscale?: { min: number; max: number; cpuPercent?: number };
  command?: string[];
  args?: string[];
  env?: Record<string, string>;
  secretEnv?: Record<string, { secret: string; key: string }>;
  cpu?: string;
  memory?: string;
  healthPath?: string;
  readyPath?: string;
  writablePaths?: string[];
  storage?: { path: string; size: string; storageClass?: string };
  host?: string;
  tlsSecret?: string;
  allowFrom?: string[];
  allowTo?: string[];
  userId?: number;
}

export interface GenerateAnswer {
  manifest: string;
  objects: { kind: string; name: string }[];
  /** Choices the caller may want to change, each with its reason. */
  decisions: string[];
  findings: Finding[];
}

export async function kubernetesGenerate(input: GenerateInput): Promise<GenerateAnswer> {
  refuse(input);
  const decisions: string[] = [];
  const workload = workloadOf(input, decisions);
  const many = input.autoscale !== undefined || (workload.replicas ?? 1) > 1;
  const objects = [
    serviceAccount(workload),
    workloadObject(workload),
    serviceObject(workload),
    input.autoscale === undefined ? undefined : scaler(input, workload),
    many ? disruptionBudget(workload) : undefined,
    networkPolicy(input, workload, decisions),
    input.host === undefined ? undefined : ingress(input, workload),
  ].filter((one) => one !== undefined);
  const manifest = toYaml(objects);
  const findings: Finding[] = [];
  const { objects: read } = readObjects({ "manifest.yaml": manifest });
  await validateObjects(
    read,
    { ...(input.version !== undefined && { version: input.version }) },
    findings,
  );
  return {
    manifest,
    objects: read.map(({ kind, name }) => ({ kind, name })),
    decisions,
    findings: reportOf(findings).findings,
  };
}

function refuse({
  name,
  image,
  cpu = "100m",
  memory = "128Mi",
  env = {},
  ports = [],
  autoscale,
  storage,
}: GenerateInput): void {
  for (const [what, amount] of [
    ["cpu", cpu],
    ["memory", memory],
    ["storage.size", storage?.size ?? "1Gi"],
  ]) {
    if (!QUANTITY.test(amount ?? ""))
      throw new InputProblem(`${what} ${amount ?? ""} is no amount.`, {
        hint: "Write 250m or 0.5 for CPU, 256Mi for memory.",
      });
  }
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
    throw new InputProblem(`"${name}" is no name Kubernetes takes.`, {
      hint: "Use lower-case letters, digits and dashes; start with a letter.",
    });
  if (/\s/.test(image))
    throw new InputProblem(`"${image}" is no image.`, { hint: "Write registry/name:tag." });
  const open = Object.entries(env).find(
    ([name, value]) => secretIn(value) !== undefined || (secretName(name) && value !== ""),
  );
  if (open !== undefined) {
    throw new InputProblem(`${open[0]} looks like a secret; a manifest is no place for it.`, {
      hint: `Pass it as secretEnv: { ${open[0]}: { secret, key } }.`,
    });
  }
  if (new Set(ports.map(({ port }) => port)).size < ports.length)
    throw new InputProblem("A port is listed twice.");
  if (autoscale !== undefined && autoscale.min > autoscale.max)
    throw new InputProblem("autoscale.min is above autoscale.max.");
}

function workloadOf(input: GenerateInput, decisions: string[]): Workload {
  const { storage, cpu = "100m", memory = "128Mi", autoscale } = input;
  const ports = portsOf(input);
  const replicas = input.replicas ?? (storage === undefined ? 2 : 1);
  decisions.push(...decisionsFor(input, { cpu, memory, hasPort: ports.length > 0 }));
  const user = input.userId;
  return {
    name: input.name,
    namespace: input.namespace,
    image: input.image,
    kind: storage === undefined ? "Deployment" : "StatefulSet",
    replicas: autoscale === undefined ? replicas : undefined,
    command: input.command,
    args: input.args,
    ports,
    env: environmentOf(input),
    resources: { requests: { cpu, memory }, limits: { memory } },
    volumes: volumesOf(input),
    ...probesOf(input, ports),
    security: SAFE_CONTAINER,
    podSecurity: {
      ...SAFE_POD,
      ...(user !== undefined && { runAsUser: user, runAsGroup: user, fsGroup: user }),
    },
    graceSeconds: 30,
    claims: storage === undefined ? [] : [claim(storage)],
  };
}

function portsOf({ ports = [] }: GenerateInput): PortSpec[] {
  return ports.map(({ port, protocol = "TCP", name: given }, index) => ({
    name: given ?? (index === 0 ? "http" : `port-${port}`),
    container: port,
    protocol,
  }));
}

interface Chosen {
  cpu: string;
  memory: string;
  hasPort: boolean;
}

function decisionsFor(input: GenerateInput, { cpu, memory, hasPort }: Chosen): string[] {
  const { storage, replicas, autoscale, healthPath } = input;
  const count =
    storage === undefined
      ? "Two replicas, so that a node can go without an outage."
      : "One replica, since each would have a disk of its own.";
  return [
    ...(replicas === undefined && autoscale === undefined ? [count] : []),
    "No CPU limit: a limit slows a program down even where the node is idle. The request is its guaranteed share.",
    `Requests of ${cpu} CPU and ${memory} memory are a start; measure, then correct them.`,
    "Runs as a user that is not root, without capabilities, on a read-only file system; /tmp is writable.",
    ...(hasPort && healthPath === undefined
      ? [
          "Readiness asks whether the port is open; name readyPath or healthPath for a better answer.",
        ]
      : []),
  ];
}

function environmentOf({ env = {}, secretEnv = {} }: GenerateInput): Dict[] {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secretEnv).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ];
}

function volumesOf({ writablePaths = [], storage }: GenerateInput): VolumeSpec[] {
  return [
    { name: "tmp", mountPath: "/tmp", source: { emptyDir: {} } },
    ...writablePaths.map((mountPath, index) => ({
      name: `writable-${index}`,
      mountPath,
      source: { emptyDir: {} },
    })),
    ...(storage === undefined ? [] : [{ name: "data", mountPath: storage.path, source: {} }]),
  ];
}

function probesOf(
  { healthPath, readyPath = healthPath }: GenerateInput,
  ports: readonly PortSpec[],
): Pick<Workload, "readiness" | "liveness"> {
  const port = ports.find(({ protocol }) => protocol === "TCP")?.name;
  if (port === undefined) return {};
  return {
    readiness: { path: readyPath, port, periodSeconds: 5 },
    liveness: { path: healthPath, port, periodSeconds: 20, failureThreshold: 6 },
  };
}

function claim({ size, storageClass }: NonNullable<GenerateInput["storage"]>): Dict {
  return {
    metadata: { name: "data" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      resources: { requests: { storage: size } },
    },
  };
}

function scaler({ autoscale, namespace }: GenerateInput, { name, kind }: Workload): Dict {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(name, namespace),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind, name },
      minReplicas: autoscale?.min,
      maxReplicas: autoscale?.max,
      metrics: [
        {
          type: "Resource",
          resource: {
            name: "cpu",
            target: { type: "Utilization", averageUtilization: autoscale?.cpuPercent ?? 70 },
          },
        },
      ],
    },
  };
}

function networkPolicy(
  { allowFrom, allowTo, namespace, host }: GenerateInput,
  { name, ports }: Workload,
  decisions: string[],
): Dict {
  const peers = (apps: readonly string[]): Dict[] =>
    apps.map((app) => ({ podSelector: { matchLabels: labelsFor(app) } }));
  const open = ports.map(({ name: port, protocol }) => ({ port, protocol }));
  if (allowFrom === undefined)
    decisions.push(
      host === undefined
        ? "Pods of the same namespace may connect; name allowFrom to narrow it."
        : "Every pod may connect, since the ingress controller must; name allowFrom to narrow it.",
    );
  if (allowTo === undefined)
    decisions.push(
      "Outgoing connections are not limited; name allowTo to limit them to those apps and DNS.",
    );
  const from =
    allowFrom === undefined
      ? host === undefined
        ? [{ podSelector: {} }]
        : undefined
      : [...peers(allowFrom), ...(host === undefined ? [] : [{ namespaceSelector: {} }])];
  const dns = {
    ports: [
      { port: 53, protocol: "UDP" },
      { port: 53, protocol: "TCP" },
    ],
  };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadata(name, namespace),
    spec: {
      podSelector: { matchLabels: labelsFor(name) },
      policyTypes: ["Ingress", ...(allowTo === undefined ? [] : ["Egress"])],
      ingress: ports.length === 0 ? [] : [{ ...(from !== undefined && { from }), ports: open }],
      ...(allowTo !== undefined && {
        egress: [dns, ...(allowTo.length === 0 ? [] : [{ to: peers(allowTo) }])],
      }),
    },
  };
}

function ingress({ host, tlsSecret, namespace }: GenerateInput, { name, ports }: Workload): Dict {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadata(name, namespace),
    spec: {
      ...(tlsSecret !== undefined && { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name, port: { name: ports[0]?.name ?? "http" } } },
              },
            ],
          },
        },
      ],
    },
  };
}
