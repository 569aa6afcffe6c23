/** How drones end: their Deployment is deleted, and a node that takes longer than it may is told to hurry. */
import type { Api } from "./api.node.ts";
import { decisionOf } from "./decision.ts";
import { recordAt, textAt, type Json } from "./json.ts";
import { deleteDrone } from "./start.node.ts";

/** 0 would only forget the pod, whether or not its node has ended it. */
const MIN_GRACE_SECONDS = 1;

interface EndOptions {
  handle: string;
  pods: readonly Json[];
  isEnding: boolean;
  graceMs: number;
}

/** `pods`: those of the drone, as they are now. `isEnding`: asked before; asking anew would only make work. */
export async function endDrone(
  client: Api,
  { handle, pods, isEnding, graceMs }: EndOptions,
): Promise<"ending" | "gone"> {
  if (!isEnding) {
    const answer = await deleteDrone(client, handle);
    if (answer.status === 404) return "gone";
    if (answer.status >= 400 && answer.status !== 409) {
      throw decisionOf(answer, { what: "delete deployments", namespace: client.namespace });
    }
  }
  const seconds = Math.max(MIN_GRACE_SECONDS, Math.ceil(graceMs / 1_000));
  const slow = pods.filter((pod) => graceOf(pod) > seconds);
  await Promise.all(
    slow.map((pod) =>
      client.call({
        method: "DELETE",
        kind: "pods",
        name: textAt(pod, "metadata", "name") ?? "",
        body: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: seconds },
      }),
    ),
  );
  return "ending";
}

/** Of a pod that is ending; 0 of one that is not yet: deleted now, it would be replaced. */
function graceOf(pod: Json): number {
  const seconds = recordAt(pod, "metadata")["deletionGracePeriodSeconds"];
  return typeof seconds === "number" ? seconds : 0;
}
