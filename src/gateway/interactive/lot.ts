/** Calls held open while their clients think: a bounded number, each for a bounded time. */
import type { Clock, NewId, Timer } from "../../protocol/clock.ts";
import type { Conversation } from "./conversation.ts";

export interface ParkingLot {
  /** Keeps a place; false when all are taken. */
  enter(conversation: Conversation): boolean;
  /** From now on the client may come back, until the time is over. Returns what its state has to say. */
  park(conversation: Conversation): { park: string; round: number; expiresAtMs: number };
  /** The conversation, once per round. "used": it was there, and this round is over. */
  take(park: string, round: number): Conversation | "used" | "unknown";
  leave(conversation: Conversation): void;
  readonly size: number;
  /** Ends every call that is held open. */
  close(): void;
}

export interface LotOptions {
  clock: Clock;
  newId: NewId;
  maxParked: number;
  parkMs: number;
  onSize: (size: number) => void;
}

interface Place {
  id: string;
  round: number;
  conversation: Conversation;
  timer?: Timer;
}

/** Ids of calls that are over, so that a second use can be told from a stranger. */
const MAX_REMEMBERED = 4_096;

export function createParkingLot(options: LotOptions): ParkingLot {
  const { clock, newId, maxParked, parkMs, onSize } = options;
  const places = new Map<string, Place>();
  const byConversation = new Map<Conversation, Place>();
  const over = new Set<string>();

  function leave(conversation: Conversation): void {
    const place = byConversation.get(conversation);
    if (place === undefined) return;
    place.timer?.cancel();
    byConversation.delete(conversation);
    places.delete(place.id);
    over.add(place.id);
    const [oldest] = over;
    if (over.size > MAX_REMEMBERED && oldest !== undefined) over.delete(oldest);
    onSize(places.size);
  }

  return {
    enter(conversation) {
      if (places.size >= maxParked) return false;
      const place: Place = { id: newId("park"), round: 0, conversation };
      places.set(place.id, place);
      byConversation.set(conversation, place);
      onSize(places.size);
      return true;
    },
    park(conversation) {
      const place = byConversation.get(conversation);
      if (place === undefined) throw new Error("a call without a place cannot be parked");
      place.round += 1;
      place.timer?.cancel();
      place.timer = clock.after(parkMs, () => {
        leave(conversation);
        conversation.end();
      });
      return { park: place.id, round: place.round, expiresAtMs: clock.now() + parkMs };
    },
    take(park, round) {
      const place = places.get(park);
      if (place === undefined) return over.has(park) ? "used" : "unknown";
      // Without a timer the call is not parked: another retry holds it.
      if (place.round !== round || place.timer === undefined) return "used";
      place.timer.cancel();
      delete place.timer;
      return place.conversation;
    },
    leave,
    get size() {
      return places.size;
    },
    close() {
      for (const { conversation } of places.values()) {
        leave(conversation);
        conversation.end();
      }
    },
  };
}
