/** One request and whoever waits for its answer. */
import type { CallSignal } from "../../../call-signal.ts";
import type { HttpAnswer } from "../http-client.ts";

export interface ExchangeOptions {
  text: string;
  isAscii: boolean;
  signal: CallSignal | undefined;
  /** The answer is not of the plain kind. */
  surprised(): void;
}

// A class, because one is made for every call and listens for its end itself.
export class Exchange {
  readonly answer: Promise<HttpAnswer>;
  readonly text: string;
  readonly isAscii: boolean;
  readonly signal: CallSignal | undefined;
  readonly surprised: () => void;
  /** Settled: nobody waits any more. */
  isOver = false;
  /** What else has to happen when the caller gives up; set by whoever holds the exchange. */
  onGivenUp: ((exchange: Exchange) => void) | undefined;
  readonly #resolve: (answer: HttpAnswer | Promise<HttpAnswer>) => void;
  readonly #reject: (error: Error) => void;

  constructor({ text, isAscii, signal, surprised }: ExchangeOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.answer = promise;
    this.text = text;
    this.isAscii = isAscii;
    this.signal = signal;
    this.surprised = surprised;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener("abort", this);
  }

  resolve(answer: HttpAnswer | Promise<HttpAnswer>): void {
    this.#end();
    this.#resolve(answer);
  }

  reject(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  handleEvent(): void {
    this.onGivenUp?.(this);
  }

  #end(): void {
    this.isOver = true;
    this.onGivenUp = undefined;
    this.signal?.removeEventListener("abort", this);
  }
}
