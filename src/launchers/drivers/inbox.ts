/** Keeps messages that came before anybody listened: in order and bounded, as `MessageLink.onMessage` promises. */

export interface Inbox {
  put(text: string): void;
  listen(listener: (text: string) => void): void;
  /** Runs what a message asks for besides, with the same care for its faults. */
  run(deliver: () => void): void;
}

export interface InboxOptions {
  maxBytes: number;
  /** Called once when the bound is reached: stop the source. What it had under way is still kept. */
  onFull(): void;
  /** Called when a full inbox was emptied. */
  onRelief(): void;
  /** A listener threw. Its messages are its own problem; the stream goes on. */
  onListenerError(error: unknown): void;
}

const MAX_MESSAGES = 1_024;

export function createInbox(options: InboxOptions): Inbox {
  let kept: string[] = [];
  let keptChars = 0;
  let full = false;
  let deliver: ((text: string) => void) | undefined;

  const hand = (text: string): void => {
    try {
      deliver?.(text);
    } catch (error) {
      options.onListenerError(error);
    }
  };

  return {
    put(text) {
      if (deliver !== undefined) return hand(text);
      kept.push(text);
      keptChars += text.length;
      if (full || (kept.length < MAX_MESSAGES && keptChars < options.maxBytes)) return;
      full = true;
      options.onFull();
    },
    run(work) {
      try {
        work();
      } catch (error) {
        options.onListenerError(error);
      }
    },
    listen(listener) {
      deliver = listener;
      const waiting = kept;
      kept = [];
      keptChars = 0;
      for (const text of waiting) hand(text);
      if (!full) return;
      full = false;
      options.onRelief();
    },
  };
}
