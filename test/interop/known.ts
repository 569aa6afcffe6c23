/** Failures that are expected, each with its reason. One that no longer happens is a failure too: take it out. */
import type { Feature } from "./features.ts";

export interface Known {
  client: RegExp;
  worker: RegExp;
  feature: Feature;
  reason: string;
}

export const KNOWN: readonly Known[] = [];
