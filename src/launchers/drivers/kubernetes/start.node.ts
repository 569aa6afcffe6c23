/** From a claim to its objects. What fails on the way leaves nothing; after a crash, the same claim goes on from there. */
import { sleep, type Clock } from "../../../protocol/clock.ts";
import { calledOff, notReady, unknownFailure } from "../../decisions.ts";
import type { DroneClaim } from "../../contract.ts";
import type { Api } from "./api.node.ts";
import { recordAt, textAt } from "./json.ts";
import { droneName } from "./names.node.ts";
import { deploymentOf, secretOf, serviceOf, type HttpImageRun } from "./objects.node.ts";
import type { createShared } from "./shared.node.ts";

interface StarterOptions {
  api: () => Promise<Api>;
  fleet: string;
  clock: Clock;
  shared: ReturnType<typeof createShared>;
}

/** About five seconds. */
const GONE_TRIES = 50;
const GONE_EVERY_MS = 100;

export function createStarter({ api, fleet, clock, shared }: StarterOptions) {
  return async (claim: DroneClaim, run: HttpImageRun, signal: AbortSignal): Promise<void> => {
    const client = await api();
    if (await isThere(client, droneName(fleet, claim.claimId))) return;
    if (signal.aborted) throw calledOff();
    try {
      await shared.during(claim.worker, () => make(client, claim, { run, signal }));
    } catch (error) {
      await removed(client, droneName(fleet, claim.claimId));
      await shared.tidy();
      throw signal.aborted ? calledOff() : error;
    }
  };

  async function make(
    client: Api,
    claim: DroneClaim,
    { run, signal }: { run: HttpImageRun; signal: AbortSignal },
  ): Promise<void> {
    const made = await client.apply(
      "deployments",
      deploymentOf(fleet, claim, { run, paused: true }),
    );
    const uid = textAt(made, "metadata", "uid");
    if (uid === undefined) throw unknownFailure("Kubernetes made a Deployment without a uid.");
    signal.throwIfAborted();
    await Promise.all([
      shared.apply(claim.worker, run.network),
      client.apply("secrets", secretOf(fleet, claim, { run, uid })),
      client.apply("services", serviceOf(fleet, claim, { run, uid })),
    ]);
    signal.throwIfAborted();
    await client.apply("deployments", deploymentOf(fleet, claim, { run, paused: false }));
    signal.throwIfAborted();
  }

  /** False also when it is only half made. */
  async function isThere(client: Api, name: string): Promise<boolean> {
    const { status, body } = await client.call({ kind: "deployments", name });
    if (status !== 200) return false;
    if (textAt(body, "metadata", "deletionTimestamp") !== undefined) {
      throw notReady("This drone is still ending.");
    }
    return recordAt(body, "spec")["paused"] !== true;
  }

  async function removed(client: Api, name: string): Promise<void> {
    try {
      for (let tries = 0; tries < GONE_TRIES; tries += 1) {
        const { status } = await deleteDrone(client, name);
        if (status >= 400) return;
        await sleep(clock, GONE_EVERY_MS);
      }
    } catch {
      // It carries its labels: whoever lists next finds it and ends it.
    }
  }
}

/** Foreground: the Deployment is gone when its pods, its Service and its Secret are. */
export function deleteDrone(client: Api, name: string) {
  const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" };
  return client.call({ method: "DELETE", kind: "deployments", name, body });
}
