/** A worker that counts what it does, for tests of calls that may or may not be made again. */
import type { McpOutcome } from "../call.ts";
import { type FakeWorker, fakeWorker } from "./fake-worker.ts";
import type { TestFleet } from "./fleet.ts";
import { settle } from "./fake-clock.ts";
import { SAFETY_META } from "../safety/words.ts";

const object = { type: "object" };

export const TOOLS = [
  { name: "pay", inputSchema: object },
  { name: "read", inputSchema: object, annotations: { readOnlyHint: true } },
  { name: "put", inputSchema: object, annotations: { idempotentHint: true } },
  { name: "book", inputSchema: object, _meta: { [SAFETY_META.idempotency]: true } },
  { name: "rate", inputSchema: object, _meta: { [SAFETY_META.cache]: { ttlMs: 60_000 } } },
];

export interface CountingDrone {
  drone: string;
  worker: () => FakeWorker;
  /** As a process that dies: its pipe ends. */
  kill(): void;
  /** Answers the oldest call that waits. */
  answer(result?: unknown): void;
}

export interface Counting {
  /** Calls that reached the worker, by tool. */
  runs: Record<string, number>;
  drones: CountingDrone[];
  addDrone(): Promise<CountingDrone>;
}

/** The worker "w" on its own endpoint; a call waits until the test answers it or kills its drone. */
export async function countingWorker(fleet: TestFleet): Promise<Counting> {
  const counting: Counting = { runs: {}, drones: [], addDrone };
  await fleet.addWorker("w", { naming: "verbatim" });
  await fleet.addCatalog("w", { tools: TOOLS });
  async function addDrone(): Promise<CountingDrone> {
    const waiting: ((result: unknown) => void)[] = [];
    let current: FakeWorker | undefined;
    const connect = (): FakeWorker => {
      current = fakeWorker({
        era: "modern",
        tools: TOOLS,
        on({ method, params }) {
          if (method !== "tools/call") return undefined;
          const name = String(params["name"]);
          counting.runs[name] = (counting.runs[name] ?? 0) + 1;
          return new Promise((resolve) => waiting.push(resolve));
        },
      });
      return current;
    };
    const { id } = await fleet.addDrone("w", connect);
    const drone: CountingDrone = {
      drone: id,
      worker: () => current ?? fakeWorker({ era: "modern" }),
      kill: () => current?.end.close(),
      answer: (result = said("done")) => waiting.shift()?.(result),
    };
    counting.drones.push(drone);
    return drone;
  }
  return counting;
}

export const said = (text: string) => ({
  resultType: "complete",
  content: [{ type: "text", text }],
});

/** Begins a call and lets it get as far as it can. */
export async function begun(
  fleet: TestFleet,
  name: string,
  options: { key?: string; principal?: string; args?: object; signal?: AbortSignal } = {},
): Promise<{ outcome: Promise<McpOutcome> }> {
  const { key, principal = "local", args = {}, signal } = options;
  const meta = key === undefined ? {} : { _meta: { [SAFETY_META.idempotencyKey]: key } };
  const putsBefore = fleet.store.puts.length;
  const outcome = fleet.call(name, {
    params: { name, arguments: args, ...meta },
    client: { era: "modern", protocolVersion: "2026-07-28", principal, capabilities: {} },
    ...(signal === undefined ? {} : { signal }),
  });
  await settle();
  if (key !== undefined) await arrived(fleet, outcome, putsBefore);
  return { outcome };
}

/** Turns a repeat may take to reach the point where it waits. */
const TURNS = 20;

/** Digests are made on other threads: until this call is over or its claim is written, or it has had time to wait. */
async function arrived(
  { store }: TestFleet,
  outcome: Promise<McpOutcome>,
  putsBefore: number,
): Promise<void> {
  const over = new AbortController();
  void outcome.finally(() => over.abort());
  const hasClaimed = (): boolean =>
    store.puts.slice(putsBefore).some(({ key }) => key.startsWith("once/"));
  for (let turn = 0; turn < TURNS && !over.signal.aborted && !hasClaimed(); turn += 1)
    await settle();
  await settle();
}

export function codeOf(outcome: McpOutcome): string | undefined {
  return outcome.kind === "error" ? outcome.cause?.code : undefined;
}

export function textOf(outcome: McpOutcome): string {
  return outcome.kind === "error" ? outcome.error.message : outcome.result.text;
}
