/**
 * What the page knows, as plain data, and how events change it. Pure: the same events give the same page.
 * @import { CallEvent, FleetEvent, FleetStatus, LogEvent, WorkerStatus } from "../../src/protocol/api.ts"
 */

/** Rows kept; older ones are in the event log, not in the browser's memory. */
export const MAX_CALLS = 200;
export const MAX_LOGS = 400;
/** Seconds that the call rate looks back. */
export const RATE_SECONDS = 60;

/**
 * @typedef {{ key: string, atMs: number, call: CallEvent }} CallRow
 * @typedef {{ key: string, atMs: number, log: LogEvent }} LogRow
 * @typedef {object} Model
 * @property {WorkerStatus[]} workers
 * @property {string} version
 * @property {CallRow[]} calls newest first
 * @property {LogRow[]} logs oldest first
 * @property {ReadonlyMap<number, number>} rate calls by second since the epoch
 * @property {boolean} stale true when the fleet is to be read again
 */

/** @type {Model} */
export const EMPTY = {
  workers: [],
  version: "",
  calls: [],
  logs: [],
  rate: new Map(),
  stale: false,
};

/** @param {Model} model @param {FleetStatus} fleet @returns {Model} */
export function withFleet(model, fleet) {
  const workers = fleet.workers.toSorted((a, b) => a.name.localeCompare(b.name));
  return { ...model, workers, version: fleet.version, stale: false };
}

/**
 * Calls and logs are shown as they come. News of drones and health only says that the fleet is to be read again:
 * events may be late or told twice, the fleet's own answer is always true.
 * @param {Model} model @param {readonly FleetEvent[]} events @returns {Model}
 */
export function withEvents(model, events) {
  let next = model;
  /** @type {CallRow[]} */
  const calls = [];
  /** @type {LogRow[]} */
  const logs = [];
  for (const event of events) {
    const key = `${event.topic}/${event.offset}`;
    if (event.topic === "calls") calls.push({ key, atMs: event.atMs, call: event.call });
    else if (event.topic === "logs") logs.push({ key, atMs: event.atMs, log: event.log });
    else next = { ...next, stale: true };
  }
  const freshCalls = unseen(calls, model.calls);
  const freshLogs = unseen(logs, model.logs);
  if (freshCalls.length > 0) {
    const all = [...freshCalls.toReversed(), ...model.calls];
    next = { ...next, calls: all.slice(0, MAX_CALLS), rate: counting(model.rate, freshCalls) };
  }
  if (freshLogs.length > 0) {
    next = { ...next, logs: [...model.logs, ...freshLogs].slice(-MAX_LOGS) };
  }
  return next;
}

/**
 * @template {{ key: string }} Row
 * @param {Row[]} rows @param {readonly Row[]} known
 */
function unseen(rows, known) {
  if (rows.length === 0) return rows;
  const keys = new Set(known.map(({ key }) => key));
  return rows.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** @param {ReadonlyMap<number, number>} rate @param {readonly CallRow[]} rows */
function counting(rate, rows) {
  const next = new Map(rate);
  for (const { atMs } of rows) {
    const second = Math.floor(atMs / 1000);
    next.set(second, (next.get(second) ?? 0) + 1);
  }
  const newest = Math.max(...next.keys());
  for (const second of next.keys()) if (second <= newest - RATE_SECONDS) next.delete(second);
  return next;
}

/** @param {readonly WorkerStatus[]} workers */
export function tally(workers) {
  const counts = { ready: 0, waking: 0, asleep: 0, failing: 0 };
  for (const { health } of workers) counts[stateKind(health.state)] += 1;
  return counts;
}

/** Five states, four colours. @param {WorkerStatus["health"]["state"]} state */
export function stateKind(state) {
  return state === "backing_off" || state === "crash_loop" ? "failing" : state;
}

/** Calls in each of the last seconds, oldest first. @param {Model["rate"]} rate @param {number} nowMs */
export function rateSeries(rate, nowMs) {
  const now = Math.floor(nowMs / 1000);
  return Array.from(
    { length: RATE_SECONDS },
    (_, index) => rate.get(now - RATE_SECONDS + 1 + index) ?? 0,
  );
}
