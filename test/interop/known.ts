/** Failures that are expected, each with its reason. One that no longer happens is a failure too: take it out. */
import type { Feature } from "./features.ts";

export interface Known {
  client: RegExp;
  worker: RegExp;
  feature: Feature;
  reason: string;
}

export const KNOWN: readonly Known[] = [
  {
    client: /SDK/,
    worker: /^everything-http/,
    feature: "subscribe",
    reason:
      "the server's switch concerns the HTTP session it is called on alone, and the gateway subscribes on a session of its own",
  },
];
