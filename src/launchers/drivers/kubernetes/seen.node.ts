/** A Deployment and its pods as a drone. */
import type { LaunchedDrone } from "../../contract.ts";
import { listAt, recordAt, textAt, type Json } from "./json.ts";
import { HTTP_ANNOTATION, LABEL } from "./names.node.ts";

const MAX_REASON = 300;

/** Undefined when it is none of this fleet's. */
export function droneOf(
  deployment: unknown,
  pods: readonly Json[],
  { fleet, namespace }: { fleet: string; namespace: string },
): LaunchedDrone | undefined {
  const marks = recordAt(deployment, "metadata", "annotations");
  const claimId = marks[LABEL.claim];
  const handle = textAt(deployment, "metadata", "name");
  if (marks[LABEL.fleet] !== fleet || typeof claimId !== "string" || handle === undefined) {
    return undefined;
  }
  const [port = "", path = "/mcp"] = String(marks[HTTP_ANNOTATION]).split(" ");
  const endReason = endOf(deployment, pods);
  return {
    claimId,
    worker: String(marks[LABEL.worker]),
    revision: String(marks[LABEL.revision]),
    handle,
    phase: endReason !== undefined ? "ended" : pods.some(isRunning) ? "running" : "starting",
    // The Service's name, known before the pod is; it resolves inside the cluster.
    address: {
      kind: "http",
      url: `http://${handle}.${namespace}.svc:${port}${path}`,
      transport: "streamable-http",
    },
    startedAtMs: Date.parse(textAt(deployment, "metadata", "creationTimestamp") ?? ""),
    ...(endReason !== undefined && { endReason }),
  };
}

export const isLeaving = (object: unknown): boolean =>
  textAt(object, "metadata", "deletionTimestamp") !== undefined;

const isRunning = (pod: Json): boolean =>
  !isLeaving(pod) && textAt(pod, "status", "phase") === "Running";

/** Why nothing comes of it any more; Kubernetes itself would go on trying. */
function endOf(deployment: unknown, pods: readonly Json[]): string | undefined {
  if (isLeaving(deployment)) return "it is being deleted";
  const present = pods.filter((pod) => !isLeaving(pod));
  const stuck = present.map(stuckReason).find((reason) => reason !== undefined);
  if (stuck !== undefined) return stuck;
  const conditions = listAt(deployment, "status", "conditions");
  const failure = conditions.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (failure !== undefined)
    return cut(`no pod could be made: ${textAt(failure, "message") ?? "?"}`);
  const late = conditions.some(({ reason }) => reason === "ProgressDeadlineExceeded");
  return late ? cut(present.map(unplaced).find(Boolean) ?? "it was not ready in time") : undefined;
}

/** First failures may pass; these are what the kubelet says when it has tried more than once, or never will. */
const STUCK: Record<string, string> = {
  ImagePullBackOff: "its image cannot be fetched",
  ErrImageNeverPull: "its image is not on the node, and may not be fetched",
  InvalidImageName: "its image's name is invalid",
  CreateContainerConfigError: "its container cannot be made",
  CreateContainerError: "its container cannot be made",
};

function stuckReason(pod: Json): string | undefined {
  for (const status of listAt(pod, "status", "containerStatuses")) {
    const reason = textAt(status, "state", "waiting", "reason") ?? "";
    if (reason === "CrashLoopBackOff") return crashReason(status);
    const told = STUCK[reason];
    if (told !== undefined) return told;
  }
  return undefined;
}

function crashReason(status: Json): string {
  const last = recordAt(status, "lastState", "terminated");
  if (last["reason"] === "OOMKilled") return "killed: it used more memory than it may";
  const code = Number(last["exitCode"]);
  if (Number.isNaN(code)) return "it ends as often as it is started";
  // 128 + n: ended by signal n.
  return code > 128 ? `killed by signal ${code - 128}` : `exited with code ${code}`;
}

function unplaced(pod: Json): string | undefined {
  const condition = listAt(pod, "status", "conditions").find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (condition === undefined) return undefined;
  return `no node has room for it: ${textAt(condition, "message") ?? "unschedulable"}`;
}

const cut = (text: string): string =>
  text.length <= MAX_REASON ? text : `${text.slice(0, MAX_REASON)}…`;
