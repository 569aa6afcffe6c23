/** Giving up a call, without the price of an `AbortController` for each of the many calls that nobody gives up. */

/** What the path of a call needs of an `AbortSignal`; every `AbortSignal` is one. */
export interface CallSignal {
  readonly aborted: boolean;
  /** The listener runs once: a signal aborts once. It does not run when the abort has been. */
  addEventListener(type: "abort", listener: AbortListener, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: AbortListener): void;
}

export type AbortListener = (() => void) | { handleEvent(): void };

export interface CallAbort {
  readonly signal: CallSignal;
  abort(): void;
}

export function createCallAbort(): CallAbort {
  return new LightSignal();
}

/** For those who need the platform's own. Made when first asked for. */
export function asAbortSignal(signal: CallSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  if (signal instanceof LightSignal) return signal.platform();
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort(), { once: true });
  return controller.signal;
}

// One object for both sides and a class, because one is made for every call and its state is all it is.
class LightSignal implements CallSignal, CallAbort {
  aborted = false;
  /** Nearly all calls have one or two. */
  #listeners: AbortListener[] = [];
  #controller: AbortController | undefined;

  get signal(): CallSignal {
    return this;
  }

  addEventListener(_type: "abort", listener: AbortListener): void {
    if (!this.aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: AbortListener): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    this.#controller?.abort();
    for (const listener of listeners) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
  }

  platform(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.aborted) this.#controller.abort();
    return this.#controller.signal;
  }
}
