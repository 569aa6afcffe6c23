/**
 * Who belongs to the fleet. Every node says every second that it is there, in a record that expires; everybody watches.
 * A node that falls silent is gone after a few seconds, and so are its drones: they are placed elsewhere.
 */
import type { FleetNode, FleetNodes } from "../../../coordinator/index.ts";
import { nodeLauncherName } from "../../../coordinator/index.ts";
import { createLauncherProxy } from "../../../launchers/drivers/node.ts";
import type { Launcher } from "../../../launchers/index.ts";
import {
  type Clock,
  isRecord,
  keys,
  messageOf,
  type NodeRecord,
  type Peer,
  sleep,
} from "../../../protocol/index.ts";
import type { Store } from "../../../store/index.ts";
import type { Logger } from "../../../telemetry/index.ts";

export interface MembershipOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** The connection to a node, or to whoever speaks for it. */
  peer: (node: string) => Promise<Peer>;
}

export interface Membership extends FleetNodes {
  /** Says that this node is there, and goes on saying so until it is taken back. `launchers`: where they are here. */
  announce(record: () => NodeRecord, launchers?: readonly Launcher[]): Promise<() => Promise<void>>;
  /** Resolves when the first picture of the fleet is there. */
  start(): Promise<void>;
  close(): void;
}

const BEAT_MS = 1_000;
/** Four beats. */
const EXPIRES_MS = 4_000;
/** A store that was down comes back with every record expired: nodes get this long to say that they live. */
const MERCY_MS = 2_500;
const RETRY_MS = 250;

export function createMembership(options: MembershipOptions): Membership {
  const { store, clock, log } = options;
  const roster = createRoster(options);
  const life = new AbortController();
  return {
    all: () => roster.all(),
    onChange: (listener) => roster.onChange(listener),
    async announce(record, launchers) {
      const { name } = record();
      if (launchers !== undefined) roster.put(record(), launchers);
      const stop = new AbortController();
      const beat = async (): Promise<void> => {
        if (launchers !== undefined) roster.put(record(), launchers);
        const expiresAtMs = clock.now() + EXPIRES_MS;
        await store.records.put(keys.node(name), record(), { expiresAtMs });
      };
      await beat();
      const signal = AbortSignal.any([stop.signal, life.signal]);
      void repeat({ clock, signal, everyMs: BEAT_MS, log }, beat);
      return async () => {
        stop.abort();
        await store.records.delete(keys.node(name)).catch(() => false);
      };
    },
    start: () =>
      new Promise((resolve) => void follow(options, { roster, signal: life.signal, resolve })),
    close() {
      life.abort();
      roster.close();
    },
  };
}

async function repeat(
  {
    clock,
    signal,
    everyMs,
    log,
  }: { clock: Clock; signal: AbortSignal; everyMs: number; log: Logger },
  work: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await sleep(clock, everyMs, signal);
    if (signal.aborted) return;
    await work().catch((error: unknown) =>
      log.warn("saying that this node is there failed", { reason: messageOf(error) }),
    );
  }
}

async function follow(
  { store, clock, log }: MembershipOptions,
  { roster, signal, resolve }: { roster: Roster; signal: AbortSignal; resolve: () => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { changes, snapshot } of store.records.watch(keys.node(""), signal)) {
        const seen = new Set<string>();
        for (const change of changes) {
          const record = change.kind === "put" ? nodeRecord(change.record.value) : undefined;
          if (record !== undefined) {
            roster.put(record);
            seen.add(record.name);
          } else if (change.kind === "delete") roster.miss(change.key.slice(keys.node("").length));
        }
        if (snapshot) for (const { name } of roster.all()) if (!seen.has(name)) roster.miss(name);
        resolve();
      }
    } catch (error) {
      log.warn("watching nodes failed", { reason: messageOf(error) });
    }
    await sleep(clock, RETRY_MS, signal);
  }
  resolve();
}

interface Roster extends FleetNodes {
  put(record: NodeRecord, launchers?: readonly Launcher[]): void;
  /** Its record is gone: unless it comes back at once, so is the node. */
  miss(name: string): void;
  close(): void;
}

interface Entry {
  node: FleetNode;
  /** As text: a beat that says nothing new changes nothing. */
  said: string;
  /** Of this process: never missing, and driven without a detour. */
  isHere: boolean;
  missing: (() => void) | undefined;
}

function createRoster({ clock, peer }: MembershipOptions): Roster {
  const entries = new Map<string, Entry>();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const drop = (name: string): void => {
    const entry = entries.get(name);
    if (entry === undefined) return;
    entries.delete(name);
    if (!entry.isHere) for (const launcher of entry.node.launchers) void launcher.close();
    changed();
  };
  return {
    all: () => [...entries.values()].map(({ node }) => node),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put(record, here) {
      const before = entries.get(record.name);
      if (before?.isHere === true && here === undefined) return;
      before?.missing?.();
      if (before !== undefined) before.missing = undefined;
      const said = JSON.stringify(record);
      if (before?.said === said) return;
      const launchers = launchersOf(record, { before: before?.node, here, peer });
      const { name, labels, leaving, maxDrones } = record;
      const node = { name, labels, leaving, launchers };
      entries.set(name, {
        node: maxDrones === undefined ? node : { ...node, maxDrones },
        said,
        isHere: here !== undefined,
        missing: undefined,
      });
      changed();
    },
    miss(name) {
      const entry = entries.get(name);
      if (entry === undefined || entry.isHere || entry.missing !== undefined) return;
      const timer = clock.after(MERCY_MS, () => drop(name));
      entry.missing = () => timer.cancel();
    },
    close() {
      for (const { missing } of entries.values()) missing?.();
      for (const name of entries.keys()) drop(name);
      listeners.clear();
    },
  };
}

interface Origin {
  before: FleetNode | undefined;
  here: readonly Launcher[] | undefined;
  peer: MembershipOptions["peer"];
}

/** The same objects for as long as a node offers the same. Drones of a node live on when a coordinator dies. */
function launchersOf({ name, launchers }: NodeRecord, { before, here, peer }: Origin): Launcher[] {
  return launchers.map((offer) => {
    const known = nodeLauncherName(offer.name, name);
    const kept = before?.launchers.find((each) => each.name === known);
    if (kept !== undefined) return kept;
    const capabilities = { runs: offer.runs, links: offer.links, survivesRestart: true };
    const local = here?.find((each) => each.name === offer.name);
    if (local !== undefined) return { ...local, name: known, capabilities };
    return createLauncherProxy({
      node: name,
      offer: { name: offer.name, capabilities },
      name: known,
      peer: () => peer(name),
    });
  });
}

export function nodeRecord(value: unknown): NodeRecord | undefined {
  if (!isRecord(value) || typeof value["name"] !== "string" || !isRecord(value["labels"])) {
    return undefined;
  }
  if (!Array.isArray(value["launchers"])) return undefined;
  // Written by a node of this same fleet, which had to prove that it is one.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as NodeRecord;
}
