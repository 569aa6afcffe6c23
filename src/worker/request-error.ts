import type { WireError } from "../protocol/index.ts";

/** A request that is answered with an error of the wire's own family. */
export class RequestError extends Error {
  readonly wire: WireError;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RequestError";
    this.wire = data === undefined ? { code, message } : { code, message, data };
  }
}
