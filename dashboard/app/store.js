/**
 * The page's state as signals, and the few things a person can do to the fleet.
 * @import { FleetEvent } from "../../src/protocol/api.ts"
 * @import { Api } from "./api.js"
 * @import { LinkState } from "./stream.js"
 * @import { Model } from "./model.js"
 */
import { computed, signal } from "@preact/signals";
import { EMPTY, withEvents, withFleet } from "./model.js";

/** Events are applied together, at most so often: a thousand calls a second must not be a thousand renderings. */
const FLUSH_MS = 150;
/** Changes that come without an event (a reloaded configuration) are noticed within this time. */
const REFRESH_MS = 15_000;
/** Held back before the page has drawn; beyond it the oldest go, as they would from the list. */
const MAX_PENDING = 2000;

/**
 * @param {object} deps
 * @param {Api} deps.api
 * @param {() => number} deps.now
 * @param {(ms: number, fire: () => void) => void} deps.after
 */
export function createStore({ api, now, after }) {
  /** @type {import("@preact/signals").Signal<Model>} */
  const model = signal(EMPTY);
  /** @type {import("@preact/signals").Signal<LinkState>} */
  const link = signal("connecting");
  const nowMs = signal(now());
  /** @type {import("@preact/signals").Signal<string | undefined>} */
  const trouble = signal(undefined);
  const loaded = signal(false);
  const refresh = oneAtATime(async () => {
    try {
      // Read first, then put together: events that came meanwhile are already in the model.
      const fleet = await api.fleet();
      model.value = withFleet(model.value, fleet);
      loaded.value = true;
      trouble.value = undefined;
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    }
  });
  const receive = gather({ after }, (events) => {
    model.value = withEvents(model.value, events);
    if (model.value.stale) void refresh();
  });
  return {
    model,
    link,
    nowMs,
    trouble,
    loaded,
    workers: computed(() => model.value.workers),
    refresh,
    receive,
    /** A stream that (re)opens may have missed something: the fleet is read again. @param {LinkState} state */
    linked(state) {
      link.value = state;
      if (state === "live") void refresh();
    },
    /** Keeps "12 s ago" true and notices what no event told. */
    tick() {
      nowMs.value = now();
      if (Math.floor(nowMs.value / 1000) % (REFRESH_MS / 1000) === 0) void refresh();
      after(1000, this.tick.bind(this));
    },
    wake: api.wake,
    retire: api.retire,
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */

/**
 * Asked while it runs, it runs once more afterwards: answers never overtake each other, and the last word is fresh.
 * @param {() => Promise<void>} work
 */
function oneAtATime(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await work();
    }
    running = false;
  };
}

/**
 * Collects events and hands them on together.
 * @param {{ after: (ms: number, fire: () => void) => void }} deps
 * @param {(events: FleetEvent[]) => void} apply
 */
function gather({ after }, apply) {
  /** @type {FleetEvent[]} */
  let pending = [];
  let waiting = false;
  const flush = () => {
    const events = pending;
    pending = [];
    waiting = false;
    apply(events);
  };
  /** @param {FleetEvent[]} events */
  return (events) => {
    pending.push(...events);
    if (pending.length > MAX_PENDING) pending = pending.slice(-MAX_PENDING);
    if (waiting) return;
    waiting = true;
    after(FLUSH_MS, flush);
  };
}
