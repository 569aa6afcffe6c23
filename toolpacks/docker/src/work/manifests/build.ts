/** Kubernetes objects for one service, safe by default: the same builder serves `kubernetes_generate` and Compose. */
import { stringify } from "yaml";
import type { Dict } from "../values.ts";

export interface Probe {
  path?: string | undefined;
  command?: string[] | undefined;
  port?: number | string | undefined;
  periodSeconds?: number | undefined;
  timeoutSeconds?: number | undefined;
  failureThreshold?: number | undefined;
  initialDelaySeconds?: number | undefined;
}

export interface PortSpec {
  name: string;
  container: number;
  service?: number;
  protocol?: string;
}

export interface VolumeSpec {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  subPath?: string;
  /** The pod's side: emptyDir, configMap, secret, persistentVolumeClaim. */
  source: Dict;
}

export interface Workload {
  name: string;
  namespace?: string | undefined;
  image: string;
  kind: "Deployment" | "StatefulSet";
  /** Undefined: left to an autoscaler. */
  replicas: number | undefined;
  command?: string[] | undefined;
  args?: string[] | undefined;
  workingDir?: string | undefined;
  ports: PortSpec[];
  env: Dict[];
  envFrom?: Dict[];
  resources: { requests: Dict; limits: Dict };
  volumes: VolumeSpec[];
  readiness?: Probe | undefined;
  liveness?: Probe | undefined;
  security: Dict;
  podSecurity: Dict;
  graceSeconds?: number | undefined;
  hostname?: string | undefined;
  hostAliases?: Dict[];
  /** Of a StatefulSet. */
  claims?: Dict[];
  initContainers?: Dict[];
}

export const labelsFor = (name: string): Dict => ({ "app.kubernetes.io/name": name });

export function metadata(name: string, namespace: string | undefined, app = name): Dict {
  return { name, ...(namespace !== undefined && { namespace }), labels: labelsFor(app) };
}

export function workloadObject(one: Workload): Dict {
  const labels = labelsFor(one.name);
  const isSet = one.kind === "StatefulSet";
  return {
    apiVersion: "apps/v1",
    kind: one.kind,
    metadata: metadata(one.name, one.namespace),
    spec: {
      ...(one.replicas !== undefined && { replicas: one.replicas }),
      ...(isSet && { serviceName: one.name }),
      selector: { matchLabels: labels },
      ...(!isSet && {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      }),
      template: { metadata: { labels }, spec: podSpec(one, labels) },
      ...(isSet &&
        one.claims !== undefined &&
        one.claims.length > 0 && { volumeClaimTemplates: one.claims }),
    },
  };
}

function podSpec(one: Workload, labels: Dict): Dict {
  const volumes = volumesOf(one.volumes);
  return {
    serviceAccountName: one.name,
    automountServiceAccountToken: false,
    ...(one.hostname !== undefined && { hostname: one.hostname }),
    ...(one.hostAliases !== undefined &&
      one.hostAliases.length > 0 && { hostAliases: one.hostAliases }),
    ...(one.graceSeconds !== undefined && { terminationGracePeriodSeconds: one.graceSeconds }),
    securityContext: one.podSecurity,
    ...((one.replicas ?? 2) > 1 && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: labels },
        },
      ],
    }),
    ...(one.initContainers !== undefined &&
      one.initContainers.length > 0 && { initContainers: one.initContainers }),
    containers: [containerObject(one)],
    ...(volumes.length > 0 && { volumes }),
  };
}

/** Claims of a StatefulSet are no volumes of its pods. */
function volumesOf(volumes: readonly VolumeSpec[]): Dict[] {
  const named = new Map(
    volumes
      .filter(({ source }) => Object.keys(source).length > 0)
      .map(({ name, source }) => [name, { name, ...source }]),
  );
  return [...named.values()];
}

function containerObject(one: Workload): Dict {
  return {
    name: one.name,
    image: one.image,
    imagePullPolicy: "IfNotPresent",
    ...(one.command !== undefined && { command: one.command }),
    ...(one.args !== undefined && { args: one.args }),
    ...(one.workingDir !== undefined && { workingDir: one.workingDir }),
    ...(one.ports.length > 0 && {
      ports: one.ports.map(({ name, container, protocol = "TCP" }) => ({
        name,
        containerPort: container,
        protocol,
      })),
    }),
    ...(one.env.length > 0 && { env: one.env }),
    ...(one.envFrom !== undefined && one.envFrom.length > 0 && { envFrom: one.envFrom }),
    ...(one.readiness !== undefined && { readinessProbe: probeObject(one.readiness) }),
    ...(one.liveness !== undefined && { livenessProbe: probeObject(one.liveness) }),
    resources: one.resources,
    securityContext: one.security,
    ...(one.volumes.length > 0 && {
      volumeMounts: one.volumes.map(({ name, mountPath, readOnly, subPath }) => ({
        name,
        mountPath,
        ...(readOnly === true && { readOnly }),
        ...(subPath !== undefined && { subPath }),
      })),
    }),
  };
}

function probeObject({ path, command, port, ...times }: Probe): Dict {
  const action =
    command !== undefined
      ? { exec: { command } }
      : path !== undefined
        ? { httpGet: { path, port } }
        : { tcpSocket: { port } };
  return {
    ...action,
    ...Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)),
  };
}

export function serviceObject(one: Workload, type = "ClusterIP"): Dict | undefined {
  if (one.ports.length === 0) return undefined;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(one.name, one.namespace),
    spec: {
      type,
      selector: labelsFor(one.name),
      ports: one.ports.map(({ name, container, service = container, protocol = "TCP" }) => ({
        name,
        port: service,
        targetPort: name,
        protocol,
      })),
    },
  };
}

export function serviceAccount({ name, namespace }: Workload): Dict {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadata(name, namespace),
    automountServiceAccountToken: false,
  };
}

export function disruptionBudget({ name, namespace }: Workload): Dict {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(name, namespace),
    spec: { maxUnavailable: 1, selector: { matchLabels: labelsFor(name) } },
  };
}

export const SAFE_CONTAINER: Dict = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
export const SAFE_POD: Dict = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** One YAML text of several documents; nothing is folded or aliased. */
export function toYaml(objects: readonly Dict[]): string {
  return objects
    .map((one) => stringify(one, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join("---\n");
}

/** A name Kubernetes takes: lower case, dashes, at most 63. */
export function kubeName(name: string): string {
  const made = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  return made === "" ? "app" : made;
}
