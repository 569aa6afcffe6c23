/**
 * The launcher `kubernetes`: a drone is a Deployment of one pod with a Service of its own. The API server's state is the
 * truth: every object carries labels with its fleet and claim, and a claim has one name, so that a second start meets
 * the first. Where the pod runs, and that it comes back when a node is lost, is Kubernetes' business.
 */
import type { Clock } from "../../protocol/clock.ts";
import type { DroneClaim, LaunchedDrone, Launcher } from "../contract.ts";
import { asDecision, calledOff, closedLauncher, denied, lost, noLinks } from "../decisions.ts";
import { accessOf, type AccessOptions } from "./kubernetes/access.node.ts";
import { createApi, type Api } from "./kubernetes/api.node.ts";
import { decisionOf } from "./kubernetes/decision.ts";
import { endDrone } from "./kubernetes/ending.node.ts";
import { textAt, type Json } from "./kubernetes/json.ts";
import { LABEL, droneName, isDroneName, labelValue } from "./kubernetes/names.node.ts";
import { runnable } from "./kubernetes/objects.node.ts";
import { objectsOf } from "./kubernetes/objects-of-fleet.node.ts";
import { droneOf, isLeaving } from "./kubernetes/seen.node.ts";
import { createShared } from "./kubernetes/shared.node.ts";
import { createStarter } from "./kubernetes/start.node.ts";
import { createHints } from "./kubernetes/watch.node.ts";

export interface KubernetesLauncherOptions extends AccessOptions {
  /** Tells this fleet's objects from others' in the namespace. `[a-z0-9-]+`. */
  fleet: string;
  clock: Clock;
}

export function createKubernetesLauncher(options: KubernetesLauncherOptions): Launcher {
  return new KubernetesLauncher(options);
}

interface Seen {
  drone: LaunchedDrone;
  pods: Json[];
  isEnding: boolean;
}

class KubernetesLauncher implements Launcher {
  readonly name = "kubernetes";
  readonly capabilities = { links: false, survivesRestart: true, runs: ["image"] } as const;
  readonly #options: KubernetesLauncherOptions;
  readonly #fleet: string;
  readonly #starts = new Map<string, Promise<LaunchedDrone>>();
  /** Asked to end here, and not yet seen gone. */
  readonly #ending = new Set<string>();
  readonly #shared;
  readonly #hints;
  readonly #start;
  #api: Promise<Api> | undefined;
  #isClosed = false;
  #hasTidied = false;

  constructor(options: KubernetesLauncherOptions) {
    const { fleet, clock } = options;
    this.#options = options;
    this.#fleet = fleet;
    const api = (): Promise<Api> => this.#connected();
    this.#shared = createShared({ api, fleet });
    this.#hints = createHints({ api, fleet, clock });
    this.#start = createStarter({ api, fleet, clock, shared: this.#shared });
  }

  async create(claim: DroneClaim, signal: AbortSignal): Promise<LaunchedDrone> {
    const running = this.#starts.get(claim.claimId);
    if (running !== undefined) return running;
    if (this.#isClosed) throw closedLauncher();
    if (signal.aborted) throw calledOff();
    const start = this.#created(claim, signal).finally(() => this.#starts.delete(claim.claimId));
    this.#starts.set(claim.claimId, start);
    return start;
  }

  async #created(claim: DroneClaim, signal: AbortSignal): Promise<LaunchedDrone> {
    try {
      const { run } = claim;
      if (run.kind !== "image") {
        throw denied(`The launcher "kubernetes" cannot run a worker of kind "${run.kind}".`);
      }
      await this.#start(claim, runnable(run), signal);
      const drone = await this.get(droneName(this.#fleet, claim.claimId));
      if (drone === undefined) throw lost("its Deployment was deleted while it started");
      return drone;
    } catch (error) {
      throw asDecision(error);
    }
  }

  async get(handle: string): Promise<LaunchedDrone | undefined> {
    return (await this.#look(handle))?.drone;
  }

  async list(): Promise<LaunchedDrone[]> {
    const api = await this.#connected();
    const [deployments, pods] = await Promise.all([
      objectsOf(api, "deployments", { fleet: this.#fleet }),
      objectsOf(api, "pods", { fleet: this.#fleet }),
    ]);
    const podsOf = Map.groupBy(pods, claimLabel);
    this.#tidyOnce();
    return deployments.flatMap((one) => {
      const drone = droneOf(one, podsOf.get(claimLabel(one)) ?? [], this.#place(api));
      return drone === undefined ? [] : [drone];
    });
  }

  async end(handle: string, graceMs: number): Promise<"ending" | "gone"> {
    const seen = await this.#look(handle);
    if (seen === undefined) {
      await this.#tidyAfter(handle);
      return "gone";
    }
    const { pods, isEnding } = seen;
    this.#ending.add(handle);
    return endDrone(await this.#connected(), { handle, pods, isEnding, graceMs });
  }

  async connect(): Promise<never> {
    throw noLinks("kubernetes");
  }

  onChange(listener: (handle: string) => void): () => void {
    return this.#hints.onChange(listener);
  }

  /** Drones live on and are found again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#starts.values());
    this.#hints.close();
    const api = await this.#api?.catch(() => undefined);
    api?.close();
  }

  async #look(handle: string): Promise<Seen | undefined> {
    if (!isDroneName(handle)) return undefined;
    const api = await this.#connected();
    const answer = await api.call({ kind: "deployments", name: handle });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) {
      throw decisionOf(answer, { what: "get deployments", namespace: api.namespace });
    }
    const marks = { [LABEL.claim]: claimLabel(answer.body) };
    const pods = await objectsOf(api, "pods", { fleet: this.#fleet, marks });
    const drone = droneOf(answer.body, pods, this.#place(api));
    return drone === undefined ? undefined : { drone, pods, isEnding: isLeaving(answer.body) };
  }

  #place({ namespace }: Api) {
    return { fleet: this.#fleet, namespace };
  }

  async #tidyAfter(handle: string): Promise<void> {
    if (this.#ending.delete(handle)) await this.#shared.tidy();
  }

  /** An earlier Flotilla may have died between a drone's end and this. */
  #tidyOnce(): void {
    if (this.#hasTidied) return;
    this.#hasTidied = true;
    void this.#shared.tidy();
  }

  /** A file that could not be read is read again by the next who asks. */
  #connected(): Promise<Api> {
    this.#api ??= accessOf(this.#options).then(createApi);
    const api = this.#api;
    api.catch(() => {
      if (this.#api === api) this.#api = undefined;
    });
    return api;
  }
}

const claimLabel = (object: unknown): string =>
  textAt(object, "metadata", "labels", LABEL.claim) ?? labelValue("");
