/**
 * Not Kubernetes: plays scheduler and kubelet for one namespace, so that pods of a real API server without nodes have a
 * life. Nothing runs. What becomes of a pod is told by its image: `absent…`, `crash…`, `oom…`, `stay…`, else it runs.
 */
import { listAt, recordAt, textAt, type Json } from "../json.ts";
import type { Ask } from "./cluster.node.ts";

const EVERY_MS = 30;

export function startNodeStandIn(ask: Ask, namespace: string) {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      const found = listAt(await ask("GET", pods).catch(() => undefined), "items");
      await Promise.allSettled(found.map((pod) => tend(ask, pods, pod)));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    async close(): Promise<void> {
      isOver = true;
      await loop;
    },
  };
}

async function tend(ask: Ask, pods: string, pod: Json): Promise<void> {
  const path = `${pods}/${textAt(pod, "metadata", "name")}`;
  const image = textAt(listAt(pod, "spec", "containers")[0], "image") ?? "";
  if (textAt(pod, "metadata", "deletionTimestamp") !== undefined) {
    if (
      image.startsWith("stay") &&
      Number(recordAt(pod, "metadata")["deletionGracePeriodSeconds"]) > 1
    )
      return;
    await ask("DELETE", path, { gracePeriodSeconds: 0 });
  } else if (textAt(pod, "spec", "nodeName") === undefined) {
    const target = { apiVersion: "v1", kind: "Node", name: "stand-in" };
    const metadata = { name: textAt(pod, "metadata", "name") };
    await ask("POST", `${path}/binding`, { apiVersion: "v1", kind: "Binding", metadata, target });
  } else if (listAt(pod, "status", "containerStatuses").length === 0) {
    await ask("PATCH", `${path}/status`, { status: statusOf(image) });
  }
}

function statusOf(image: string) {
  const waiting = (reason: string, lastState: Json = {}) => ({
    phase: reason === "CrashLoopBackOff" ? "Running" : "Pending",
    containerStatuses: [status(image, { waiting: { reason } }, lastState)],
  });
  if (image.startsWith("absent")) return waiting("ImagePullBackOff");
  if (image.startsWith("crash"))
    return waiting("CrashLoopBackOff", { terminated: { exitCode: 3, reason: "Error" } });
  if (image.startsWith("oom"))
    return waiting("CrashLoopBackOff", { terminated: { exitCode: 137, reason: "OOMKilled" } });
  return {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [{ ...status(image, { running: {} }, {}), ready: true, started: true }],
  };
}

function status(image: string, state: Json, lastState: Json) {
  return { name: "drone", image, imageID: "", ready: false, restartCount: 0, state, lastState };
}
