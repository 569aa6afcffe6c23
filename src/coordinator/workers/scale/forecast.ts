/**
 * What calls are to be expected, from the same minutes of earlier days and weeks, so that a drone is up before the
 * morning's first call. Slots are counted in UTC: after a change to summer time it takes a few days to learn anew.
 */
import type { HistoryRecord } from "../../../protocol/records.ts";

export const SLOT_MS = 5 * 60_000;
const DAY_SLOTS = 288;
const WEEK_SLOTS = 7 * DAY_SLOTS;
/** Drones are up so long before the slot in which they were needed. */
export const LEAD_MS = 60_000;
/** Weight of the newest day or week: half, so that a habit is learnt in two rounds and forgotten in a few. */
const NEWEST = 0.5;
/** What happened once in two rounds or less is no habit. */
const LEAST_CALLS = 0.5;
/** A hole longer than this is time nobody watched: it says nothing about calls. */
const MAX_HOLE_SLOTS = 3;
const LEAST_DAYS = 2;
const LEAST_WEEKS = 2;

const slotOf = (atMs: number): number => Math.floor(atMs / SLOT_MS);
/** When the slot ends, as seen from `now`. */
export const slotEndMs = (now: number): number => (slotOf(now) + 1) * SLOT_MS;

function newHistory(worker: string, now: number): HistoryRecord {
  const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
  return {
    worker,
    sinceMs: now,
    slot: slotOf(now),
    peak: 0,
    daily: zeros(DAY_SLOTS),
    weekly: zeros(WEEK_SLOTS),
  };
}

/** The history with `calls` under way now. The same object when it tells nothing new. */
export function remember(
  before: HistoryRecord | undefined,
  at: { worker: string; calls: number; now: number },
): HistoryRecord {
  const usable = before?.daily.length === DAY_SLOTS && before.weekly.length === WEEK_SLOTS;
  const history = usable ? before : newHistory(at.worker, at.now);
  const slot = slotOf(at.now);
  if (slot === history.slot) {
    return at.calls <= history.peak ? history : { ...history, peak: at.calls };
  }
  return { ...closeSlots(history, slot), slot, peak: at.calls };
}

/** Slots up to, not including, `slot` are over; a clock that went back or far ahead closes the current one alone. */
function closeSlots(history: HistoryRecord, slot: number): HistoryRecord {
  const daily = [...history.daily];
  const weekly = [...history.weekly];
  const holes = slot - history.slot - 1;
  const watched = holes >= 0 && holes <= MAX_HOLE_SLOTS ? holes : 0;
  for (let index = 0; index <= watched; index++) {
    const calls = index === 0 ? history.peak : 0;
    mix(daily, (history.slot + index) % DAY_SLOTS, calls);
    mix(weekly, (history.slot + index) % WEEK_SLOTS, calls);
  }
  return { ...history, daily, weekly };
}

function mix(slots: number[], at: number, calls: number): void {
  const mixed = (slots[at] ?? 0) * (1 - NEWEST) + calls * NEWEST;
  slots[at] = Math.round(mixed * 100) / 100;
}

/** Calls to be expected under way now or within the lead; 0 when too little is known. */
export function expectedCalls(history: HistoryRecord, now: number): number {
  return Math.max(expectedAt(history, now), expectedAt(history, now + LEAD_MS));
}

function expectedAt(history: HistoryRecord, atMs: number): number {
  const slot = slotOf(atMs);
  const days = (atMs - history.sinceMs) / (DAY_SLOTS * SLOT_MS);
  if (days < LEAST_DAYS) return 0;
  const calls =
    days >= LEAST_WEEKS * 7 ? history.weekly[slot % WEEK_SLOTS] : history.daily[slot % DAY_SLOTS];
  return calls !== undefined && calls > LEAST_CALLS ? calls : 0;
}
