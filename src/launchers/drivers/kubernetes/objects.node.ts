/** A claim as Kubernetes objects: what each drone has, and what the drones of a worker share. */
import type { ImageRun } from "../../../protocol/fleet.ts";
import type { DroneClaim } from "../../contract.ts";
import { denied } from "../../decisions.ts";
import {
  CALLER_LABEL,
  HTTP_ANNOTATION,
  LABEL,
  droneMarks,
  droneName,
  labelValue,
  workerMarks,
  workerName,
} from "./names.node.ts";

export interface HttpImageRun extends ImageRun {
  http: { port: number; path: string };
  network: "bridge" | "none";
}

const PORT_NAME = "mcp";
const SECOND = 1_000;
const DNS_PORT = 53;
const TMP_SIZE = "64Mi";
/** Image tags that move are fetched again only when told to. */
const PULL = { missing: "IfNotPresent", always: "Always", never: "Never" } as const;

/** What Kubernetes would refuse late or run otherwise than meant is refused here. */
export function runnable(run: ImageRun): HttpImageRun {
  const { http, network, mounts, user } = run;
  if (http === undefined) {
    throw denied("On Kubernetes a worker's image has to speak HTTP.", {
      hint: "Give its container a port.",
    });
  }
  if (mounts.length > 0) {
    throw denied("On Kubernetes a worker cannot have folders of this machine.", {
      hint: "Take the mounts out, or run the worker with Docker.",
    });
  }
  if (network !== "bridge" && network !== "none") {
    throw denied(`Kubernetes has no network "${network}".`, { hint: "Use bridge or none." });
  }
  if (user !== undefined && !/^[1-9]\d{0,9}(:\d{1,10})?$/.test(user)) {
    throw denied("On Kubernetes a worker's user has to be a number other than 0.", {
      hint: "Write it as 1000 or 1000:1000.",
    });
  }
  return { ...run, http, network };
}

/** It begins `paused`: it owns what its pod needs, and the pod comes when all of that is there. */
export function deploymentOf(
  fleet: string,
  claim: DroneClaim,
  { run, paused }: { run: HttpImageRun; paused: boolean },
) {
  const { labels, annotations } = droneMarks(fleet, claim);
  const selector = { [LABEL.fleet]: labels[LABEL.fleet], [LABEL.claim]: labels[LABEL.claim] };
  const http = { [HTTP_ANNOTATION]: `${run.http.port} ${run.http.path}` };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: droneName(fleet, claim.claimId),
      labels,
      annotations: { ...annotations, ...http },
    },
    spec: {
      replicas: 1,
      paused,
      revisionHistoryLimit: 0,
      progressDeadlineSeconds: Math.max(1, Math.ceil(claim.limits.startTimeoutMs / SECOND)),
      // A claim is one drone: never two at a time.
      strategy: { type: "Recreate" },
      selector: { matchLabels: selector },
      template: { metadata: { labels, annotations }, spec: podSpec(fleet, claim, run) },
    },
  };
}

function podSpec(fleet: string, claim: DroneClaim, run: HttpImageRun) {
  return {
    serviceAccountName: workerName(fleet, claim.worker),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: Math.max(1, Math.ceil(claim.limits.graceMs / SECOND)),
    securityContext: {
      runAsNonRoot: true,
      ...userOf(run.user),
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(droneName(fleet, claim.claimId), claim, run)],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: TMP_SIZE } }],
  };
}

function container(secret: string, { limits }: DroneClaim, run: HttpImageRun) {
  const resources = {
    cpu: `${Math.round(run.limits.cpus * 1_000)}m`,
    memory: String(run.limits.memoryBytes),
  };
  const tcpSocket = { port: PORT_NAME };
  const startSeconds = Math.max(1, Math.ceil(limits.startTimeoutMs / SECOND));
  return {
    name: "drone",
    image: run.image,
    imagePullPolicy: PULL[run.pull],
    ...(run.args.length > 0 && { args: run.args }),
    env: [{ name: "PORT", value: String(run.http.port) }],
    envFrom: [{ secretRef: { name: secret } }],
    ports: [{ name: PORT_NAME, containerPort: run.http.port, protocol: "TCP" }],
    resources: { requests: resources, limits: resources },
    // Whether it speaks MCP is asked by Flotilla itself; these only see that somebody listens.
    startupProbe: { tcpSocket, periodSeconds: 1, failureThreshold: startSeconds },
    readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { tcpSocket, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: !run.writable,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

function userOf(user: string | undefined) {
  if (user === undefined) return {};
  const [uid, gid] = user.split(":").map(Number);
  return { runAsUser: uid, ...(gid !== undefined && { runAsGroup: gid }) };
}

/** Ends with its owner, the Deployment, and the Deployment is not gone before it. */
function owned(fleet: string, claim: DroneClaim, uid: string) {
  const name = droneName(fleet, claim.claimId);
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name, uid };
  return {
    name,
    ...droneMarks(fleet, claim),
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
  };
}

export function serviceOf(
  fleet: string,
  claim: DroneClaim,
  { run, uid }: { run: HttpImageRun; uid: string },
) {
  const { labels } = droneMarks(fleet, claim);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: owned(fleet, claim, uid),
    spec: {
      type: "ClusterIP",
      selector: { [LABEL.fleet]: labels[LABEL.fleet], [LABEL.claim]: labels[LABEL.claim] },
      ports: [{ name: PORT_NAME, port: run.http.port, targetPort: PORT_NAME, protocol: "TCP" }],
    },
  };
}

/** Environment values may be secrets, and who may read Deployments may not read those. */
export function secretOf(
  fleet: string,
  claim: DroneClaim,
  { run, uid }: { run: HttpImageRun; uid: string },
) {
  const data = Object.entries(run.env).map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: owned(fleet, claim, uid),
    type: "Opaque",
    data: Object.fromEntries(data),
  };
}

/** Of a worker: an identity without a token, who may call and be called, and how many may be moved at a time. */
export function sharedObjects(fleet: string, worker: string, network: HttpImageRun["network"]) {
  const { labels, annotations } = workerMarks(fleet, worker);
  const metadata = { name: workerName(fleet, worker), labels, annotations };
  const identity = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata,
    automountServiceAccountToken: false,
  };
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [callers(fleet)] }],
      egress: network === "none" ? [] : [OUTSIDE, NAMES],
    },
  };
  const budget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
  return { identity, policy, budget };
}

const callers = (fleet: string) => ({
  namespaceSelector: {},
  podSelector: { matchLabels: { [CALLER_LABEL]: labelValue(fleet) } },
});

/** All but link-local addresses, where clouds hand out credentials. */
const OUTSIDE = {
  to: [
    { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } },
    { ipBlock: { cidr: "::/0", except: ["fe80::/10"] } },
  ],
};
/** Node-local name servers have a link-local address. */
const NAMES = {
  ports: [
    { protocol: "UDP", port: DNS_PORT },
    { protocol: "TCP", port: DNS_PORT },
  ],
};
