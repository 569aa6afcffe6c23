/**
 * What kind of answers an address gives. Only those that have given plain JSON are asked directly; one that surprises us
 * has to show it for longer the next time, because each surprise costs a connection.
 */
import type { HttpAnswer } from "../http-client.ts";

export interface Shape {
  isPlain(): boolean;
  /** An answer that the full client has read. */
  saw(answer: HttpAnswer): void;
  /** An answer came directly and was not plain. */
  surprised(): void;
}

const FIRST_PROOF = 1;
const GROWTH = 4;
const MAX_PROOF = 4_096;

export function createShape(): Shape {
  let needed = FIRST_PROOF;
  let seen = 0;
  return {
    isPlain: () => seen >= needed,
    saw({ headers }) {
      const isPlain =
        "content-length" in headers &&
        !("transfer-encoding" in headers) &&
        !("content-encoding" in headers) &&
        !(headers["content-type"] ?? "").toLowerCase().startsWith("text/event-stream");
      seen = isPlain ? seen + 1 : 0;
    },
    surprised() {
      seen = 0;
      needed = Math.min(needed * GROWTH, MAX_PROOF);
    },
  };
}
