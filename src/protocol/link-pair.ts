import { FlotillaError } from "./errors.ts";
import type { LinkClosed, MessageLink } from "./link.ts";

/** Messages kept for a side that has not set its listener yet; beyond it the pair closes rather than grow. */
const MAX_EARLY_MESSAGES = 1024;

interface End {
  listener: ((text: string) => void) | undefined;
  /** Messages on their way to this end, in order. */
  inbox: string[];
  scheduled: boolean;
}

/** Two ends of one in-memory link, for built-in workers and tests. Delivery is asynchronous and in order, as on a pipe. */
export function linkPair(): [MessageLink, MessageLink] {
  const ends: [End, End] = [newEnd(), newEnd()];
  let isClosed = false;
  const { promise: closed, resolve } = Promise.withResolvers<LinkClosed>();
  const close = (reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    resolve({ reason });
  };
  const side = (mine: End, theirs: End): MessageLink => ({
    send(text) {
      if (isClosed) {
        return Promise.reject(new FlotillaError("drone_lost", "The link is closed."));
      }
      theirs.inbox.push(text);
      if (theirs.listener === undefined) {
        if (theirs.inbox.length > MAX_EARLY_MESSAGES) close("nobody read the messages");
      } else {
        schedule(theirs);
      }
      return Promise.resolve();
    },
    onMessage(listener) {
      mine.listener = listener;
      schedule(mine);
    },
    closed,
    close: () => close("closed by us"),
  });
  return [side(ends[0], ends[1]), side(ends[1], ends[0])];
}

const newEnd = (): End => ({ listener: undefined, inbox: [], scheduled: false });

/** What was sent before a close is still delivered: a worker's last answer must not be lost to its exit. */
function schedule(end: End): void {
  if (end.scheduled || end.inbox.length === 0) return;
  end.scheduled = true;
  queueMicrotask(() => {
    end.scheduled = false;
    const batch = end.inbox;
    end.inbox = [];
    for (const text of batch) end.listener?.(text);
  });
}
