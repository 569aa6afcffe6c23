/** The fleet as the store tells it, always at hand. Every coordinator has one, leader or not; the API reads from it. */
import type { Clock } from "../../protocol/clock.ts";
import { sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type {
  ActivityRecord,
  CatalogRecord,
  DroneRecord,
  HealthRecord,
  HistoryRecord,
  WakeRecord,
  WorkerRecord,
} from "../../protocol/records.ts";
import type { Store } from "../../store/contract.ts";
import type { Logger } from "../../telemetry/index.ts";
import { isObject } from "../json.ts";
import { NOTHING_PLACED, type Placed } from "../workers/scale/allowance.ts";
import { createShelf, type Shelf } from "./shelf.ts";

/** What is kept of a catalogue: definitions can be large, and only gateways need them. */
export interface CatalogFacts {
  worker: string;
  revision: string;
  source: CatalogRecord["source"];
  offers: { tools: number; prompts: number; resources: number };
}

export interface FleetView {
  workers: Shelf<WorkerRecord>;
  drones: Shelf<DroneRecord>;
  health: Shelf<HealthRecord>;
  catalogs: Shelf<CatalogFacts>;
  activity: Shelf<ActivityRecord>;
  wakes: Shelf<WakeRecord>;
  history: Shelf<HistoryRecord>;
  /** What all drones together take up at a launcher. */
  placedAt(launcher: string): Placed;
  /** Names that any record mentions as the coordinator's own. */
  workerNames(): string[];
  /** Watches until `signal` aborts; resolves when every prefix was read once. */
  watch(signal: AbortSignal): Promise<void>;
}

export interface ViewOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  onChange: (worker: string) => void;
}

/** A shelf as its watch sees it. */
type Followed = Pick<Shelf<never>, "apply">;

/** Wait before a broken watch is opened again. */
const REWATCH_MS = 1_000;

export function createView(options: ViewOptions): FleetView {
  const { onChange } = options;
  const placed = new Map<string, Placed>();
  const count = ({ launcher, memoryBytes = 0 }: DroneRecord, by: 1 | -1): void => {
    const before = placed.get(launcher) ?? NOTHING_PLACED;
    placed.set(launcher, {
      drones: before.drones + by,
      memoryBytes: before.memoryBytes + by * memoryBytes,
    });
  };
  const shelves = {
    workers: createShelf<WorkerRecord>({
      parse: guarded(isWorkerRecord),
      workerOf: (r) => r.name,
      onChange,
    }),
    drones: createShelf<DroneRecord>({ parse: guarded(isDroneRecord), workerOf, onChange, count }),
    health: createShelf<HealthRecord>({ parse: guarded(isHealthRecord), workerOf, onChange }),
    catalogs: createShelf<CatalogFacts>({ parse: catalogFacts, workerOf, onChange }),
    activity: createShelf<ActivityRecord>({ parse: activityRecord, workerOf, onChange }),
    wakes: createShelf<WakeRecord>({ parse: guarded(isWakeRecord), workerOf, onChange }),
    history: createShelf<HistoryRecord>({ parse: guarded(isHistoryRecord), workerOf, onChange }),
  };
  const prefixes: [string, Followed][] = [
    ["worker/", shelves.workers],
    ["drone/", shelves.drones],
    ["health/", shelves.health],
    ["catalog/", shelves.catalogs],
    ["activity/", shelves.activity],
    ["wake/", shelves.wakes],
    ["history/", shelves.history],
  ];
  return {
    ...shelves,
    placedAt: (launcher) => placed.get(launcher) ?? NOTHING_PLACED,
    workerNames() {
      const names = new Set(shelves.workers.values().map((r) => r.name));
      for (const shelf of [shelves.drones, shelves.health, shelves.wakes]) {
        for (const record of shelf.values()) names.add(record.worker);
      }
      return [...names];
    },
    async watch(signal) {
      await Promise.all(prefixes.map((entry) => follow(options, entry, signal)));
    },
  };
}

/** Resolves with the first snapshot; goes on in the background, over errors, until `signal` aborts. */
function follow(
  options: ViewOptions,
  [prefix, shelf]: [string, Followed],
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          for await (const batch of options.store.records.watch(prefix, signal)) {
            shelf.apply(batch.changes, batch.snapshot);
            resolve();
          }
        } catch (error) {
          options.log.warn("record watch failed", { prefix, error: messageOf(error) });
        }
        await sleep(options.clock, REWATCH_MS, signal);
      }
      resolve();
    };
    void run();
  });
}

const workerOf = (record: { worker: string }): string => record.worker;

/** Our own records are trusted in shape once they name what they belong to. */
function guarded<T>(isIt: (value: unknown) => value is T): (value: unknown) => T | undefined {
  return (value) => (isIt(value) ? value : undefined);
}

const isWorkerRecord = (value: unknown): value is WorkerRecord =>
  isObject(value) && typeof value["name"] === "string";
const isOfWorker = (value: unknown): value is { worker: string } =>
  isObject(value) && typeof value["worker"] === "string";
const isDroneRecord = (value: unknown): value is DroneRecord =>
  isOfWorker(value) && "phase" in value;
const isHealthRecord = (value: unknown): value is HealthRecord =>
  isOfWorker(value) && "state" in value;
const isWakeRecord = (value: unknown): value is WakeRecord => isOfWorker(value) && "by" in value;
const isHistoryRecord = (value: unknown): value is HistoryRecord =>
  isOfWorker(value) &&
  "daily" in value &&
  Array.isArray(value.daily) &&
  "weekly" in value &&
  Array.isArray(value.weekly);
const isCatalogRecord = (value: unknown): value is CatalogRecord =>
  isOfWorker(value) && "catalog" in value && isObject(value.catalog);

/** Gateways write these: numbers that are not numbers count as none. */
export function activityRecord(value: unknown): ActivityRecord | undefined {
  if (!isObject(value)) return undefined;
  const { worker, gateway, waiting, inFlight, lastCallAtMs } = value;
  if (typeof worker !== "string" || typeof gateway !== "string") return undefined;
  const calls = Object.entries(isObject(inFlight) ? inFlight : {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] >= 0,
  );
  return {
    worker,
    gateway,
    waiting: typeof waiting === "number" && waiting > 0 ? waiting : 0,
    inFlight: Object.fromEntries(calls),
    lastCallAtMs: typeof lastCallAtMs === "number" ? lastCallAtMs : 0,
  };
}

function catalogFacts(value: unknown): CatalogFacts | undefined {
  if (!isCatalogRecord(value)) return undefined;
  const { tools, prompts, resources } = value.catalog;
  return {
    worker: value.worker,
    revision: value.revision,
    source: value.source,
    offers: { tools: lengthOf(tools), prompts: lengthOf(prompts), resources: lengthOf(resources) },
  };
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
