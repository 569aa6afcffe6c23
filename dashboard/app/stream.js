/**
 * Keeps one event stream open for as long as the page is. The browser resumes after short breaks by itself, with the
 * last id; after a final refusal (a restart that took too long) a new stream is opened, more slowly each time.
 * @import { FleetEvent } from "../../src/protocol/api.ts"
 */

const STREAM_URL = "/api/v1/events/stream?topic=calls&topic=drones&topic=health&topic=logs";
/** Events of each topic told first when the page opens. */
const BACKLOG = 100;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/** @typedef {"connecting" | "live" | "lost"} LinkState */

/**
 * @param {object} deps
 * @param {(url: string) => EventSource} deps.open
 * @param {(ms: number, fire: () => void) => void} deps.after
 * @param {(events: FleetEvent[]) => void} deps.onEvents
 * @param {(state: LinkState) => void} deps.onState
 */
export function keepStream({ open, after, onEvents, onState }) {
  let retryMs = FIRST_RETRY_MS;
  let lastId = "";
  const connect = () => {
    const from = lastId === "" ? `limit=${BACKLOG}` : `after=${encodeURIComponent(lastId)}`;
    const source = open(`${STREAM_URL}&${from}`);
    source.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      onState("live");
    });
    source.addEventListener("message", ({ data, lastEventId }) => {
      lastId = lastEventId;
      try {
        onEvents([JSON.parse(data)]);
      } catch {
        // One event that cannot be read is no reason to lose the others.
      }
    });
    source.addEventListener("error", () => {
      onState("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      after(retryMs, connect);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    });
  };
  onState("connecting");
  connect();
}
