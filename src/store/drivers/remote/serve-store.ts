/** Gives another process of this fleet the store that this one holds: each method of the contract, asked for by name. */
import { FlotillaError } from "../../../protocol/errors.ts";
import type { PeerAnswer, PeerAsked, PeerServe } from "../../../protocol/peer.ts";
import type { Lease, PutOptions, QueueFailure, QueueItem, Store } from "../../contract.ts";

/** Method names on the wire begin so. */
export const STORE_PREFIX = "store.";

/** Arguments as the client's driver sent them. Only our own processes reach the link; values are checked by the store. */
interface Args {
  text(at: number): string;
  count(at: number): number;
  optional(at: number): string | undefined;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  object<T>(at: number): T;
  /** The payload beside the arguments. */
  payload(): unknown;
}

type Serve = (args: Args, asked: PeerAsked) => Promise<unknown>;

export function serveStore(store: Store): PeerServe {
  const methods = new Map<string, Serve>([
    ...Object.entries(recordMethods(store)),
    ...Object.entries(leaseMethods(store)),
    ...Object.entries(queueMethods(store)),
    ...Object.entries(eventMethods(store)),
  ]);
  return async (asked): Promise<PeerAnswer> => {
    const serve = methods.get(asked.method);
    if (serve === undefined) {
      throw new FlotillaError("not_supported", `The store has no ${asked.method.slice(0, 100)}.`);
    }
    return { value: await serve(argsOf(asked), asked) };
  };
}

function recordMethods({ records }: Store): Record<string, Serve> {
  return {
    "store.get": (args) => records.get(args.text(0)),
    "store.list": (args) => records.list(args.text(0)),
    "store.put": (args) => records.put(args.text(0), args.payload(), args.object<PutOptions>(1)),
    "store.delete": (args) => records.delete(args.text(0), args.object<PutOptions>(1)),
    "store.watch": (args, asked) => pass(records.watch(args.text(0), asked.signal), asked),
  };
}

function leaseMethods({ leases }: Store): Record<string, Serve> {
  return {
    "store.acquire": (args) => leases.acquire(args.text(0), args.text(1), args.count(2)),
    "store.renew": (args) => leases.renew(args.object<Lease>(0), args.count(1)),
    "store.release": (args) => leases.release(args.object<Lease>(0)),
    "store.holder": (args) => leases.get(args.text(0)),
  };
}

function queueMethods({ queue }: Store): Record<string, Serve> {
  return {
    "store.push": (args) => queue.push(args.text(0), listOf<QueueItem>(args.payload())),
    "store.claim": (args) => queue.claim(args.text(0), args.count(1), args.count(2)),
    "store.extend": (args) => queue.extend(args.text(0), args.text(1), args.count(2)),
    "store.complete": (args) => queue.complete(args.text(0), args.text(1)),
    "store.fail": (args) => queue.fail(args.text(0), args.text(1), args.object<QueueFailure>(2)),
    "store.stats": (args) => queue.stats(args.text(0)),
  };
}

function eventMethods({ events }: Store): Record<string, Serve> {
  return {
    "store.append": (args) => events.append(args.text(0), listOf<unknown>(args.payload())),
    "store.read": (args) => {
      const after = args.optional(1);
      const limit = args.count(2);
      return events.read(args.text(0), { limit, ...(after === undefined ? {} : { after }) });
    },
    "store.tail": (args) => events.tail(args.text(0), args.count(1)),
    "store.subscribe": (args, asked) =>
      pass(events.subscribe(args.text(0), asked.signal, args.optional(1)), asked),
    "store.trim": (args) => events.trim(args.text(0), args.count(1)),
  };
}

/** One batch at a time: a reader that lags makes the feed here gather, which is bounded, instead of the link. */
async function pass<T>(feed: AsyncIterable<T>, { emit, signal }: PeerAsked): Promise<void> {
  for await (const batch of feed) {
    if (signal.aborted) return;
    await emit(batch);
  }
}

const wrong = (at: number): FlotillaError =>
  new FlotillaError("bad_request", `Argument ${at + 1} of a store call is not what it must be.`);

function argsOf({ params, raw }: PeerAsked): Args {
  const list = Array.isArray(params) ? (params as unknown[]) : [];
  const text = (at: number): string => {
    const value = list[at];
    if (typeof value !== "string") throw wrong(at);
    return value;
  };
  return {
    text,
    optional: (at) => (list[at] === null || list[at] === undefined ? undefined : text(at)),
    count(at) {
      const value = list[at];
      // JSON has no NaN: what the client's number could not say arrives as null, and is refused as NaN is.
      return typeof value === "number" ? value : Number.NaN;
    },
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the request's name says which
    object<T>(at: number) {
      const value = list[at] ?? {};
      if (typeof value !== "object") throw wrong(at);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return value as T;
    },
    payload: () => (raw === undefined ? undefined : JSON.parse(raw)),
  };
}

function listOf<T>(payload: unknown): T[] {
  if (!Array.isArray(payload)) throw new FlotillaError("bad_request", "A list was expected.");
  return payload;
}
