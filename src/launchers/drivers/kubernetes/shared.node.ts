/** What the drones of a worker share: there before the first of them, taken away after the last. */
import { textAt } from "./json.ts";
import type { Api, Kind } from "./api.node.ts";
import { LABEL, labelValue, workerName } from "./names.node.ts";
import { sharedObjects, type HttpImageRun } from "./objects.node.ts";
import { objectsOf } from "./objects-of-fleet.node.ts";

const SHARED_KINDS = [
  "serviceaccounts",
  "networkpolicies",
  "poddisruptionbudgets",
] as const satisfies Kind[];

export function createShared({ api, fleet }: { api: () => Promise<Api>; fleet: string }) {
  const starting = new Map<string, number>();
  let tidying: Promise<void> = Promise.resolve();

  return {
    /** Nothing of `worker` is taken away while `start` runs. */
    async during<T>(worker: string, start: () => Promise<T>): Promise<T> {
      starting.set(worker, (starting.get(worker) ?? 0) + 1);
      try {
        await tidying;
        return await start();
      } finally {
        const left = (starting.get(worker) ?? 1) - 1;
        if (left === 0) starting.delete(worker);
        else starting.set(worker, left);
      }
    },

    /** The identity and the policy come first: no pod is to run without them. */
    async apply(worker: string, network: HttpImageRun["network"]): Promise<void> {
      const client = await api();
      const { identity, policy, budget } = sharedObjects(fleet, worker, network);
      await Promise.all([
        client.apply("serviceaccounts", identity),
        client.apply("networkpolicies", policy),
        client.apply("poddisruptionbudgets", budget),
      ]);
    },

    /** Takes away what belongs to workers without a drone. One at a time. */
    tidy(): Promise<void> {
      tidying = tidying
        .then(async () => sweep(await api(), fleet, () => starting.keys()))
        .catch(() => {
          // What is left costs nothing, and the next one takes it away.
        });
      return tidying;
    },
  };
}

async function sweep(client: Api, fleet: string, starting: () => Iterable<string>): Promise<void> {
  const found = await Promise.all(
    SHARED_KINDS.map(async (kind) => ({
      kind,
      objects: await objectsOf(client, kind, { fleet }),
    })),
  );
  const inUse = new Set(
    (await objectsOf(client, "deployments", { fleet })).map((one) =>
      textAt(one, "metadata", "labels", LABEL.worker),
    ),
  );
  for (const worker of starting()) inUse.add(labelValue(worker));
  const left = found.flatMap(({ kind, objects }) =>
    objects
      .filter((one) => !inUse.has(textAt(one, "metadata", "labels", LABEL.worker)))
      .map((one) => ({ kind, worker: textAt(one, "metadata", "annotations", LABEL.worker) })),
  );
  await Promise.all(
    left.map(({ kind, worker }) =>
      client.call({ method: "DELETE", kind, name: workerName(fleet, worker ?? "") }),
    ),
  );
}
