/** How a fleet's objects are called and marked, so that all of them are found again. */
import { createHash } from "node:crypto";
import type { DroneClaim } from "../../contract.ts";

/** On every object, in a form that can be selected; the exact values are annotations of the same names. */
export const LABEL = {
  fleet: "io.flotilla.fleet",
  claim: "io.flotilla.claim",
  worker: "io.flotilla.worker",
  revision: "io.flotilla.revision",
} as const;

/** Port and path of the drone. */
export const HTTP_ANNOTATION = "io.flotilla.http";

/** What may call drones: pods with this label and the fleet's id, in any namespace. */
export const CALLER_LABEL = "io.flotilla.caller";

export type Marks = Record<string, string>;

/** DNS-safe, 19 characters, the same for the same claim: a second start meets the first. */
export function droneName(fleet: string, claimId: string): string {
  return `drone-${digest(`${fleet}\n${claimId}`, 13)}`;
}

/** Of the objects that all drones of a worker share. */
export function workerName(fleet: string, worker: string): string {
  return `worker-${digest(`${fleet}\n${worker}`, 12)}`;
}

/** Handles come back from records; anything else would be a path into the API. */
export const isDroneName = (text: string): boolean => /^drone-[0-9a-f]{13}$/.test(text);

export function workerMarks(fleet: string, worker: string): { labels: Marks; annotations: Marks } {
  return marks([
    [LABEL.fleet, fleet],
    [LABEL.worker, worker],
  ]);
}

export function droneMarks(
  fleet: string,
  { claimId, worker, revision }: Pick<DroneClaim, "claimId" | "worker" | "revision">,
): { labels: Marks; annotations: Marks } {
  return marks([
    [LABEL.fleet, fleet],
    [LABEL.worker, worker],
    [LABEL.claim, claimId],
    [LABEL.revision, revision],
  ]);
}

/** `a=b,c=d`, as the API selects. */
export function selectorOf(labels: Marks): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

export const fleetSelector = (fleet: string): string =>
  selectorOf({ [LABEL.fleet]: labelValue(fleet) });

/** Label values have 63 characters of a few kinds; others stand there as their digest. */
export function labelValue(text: string): string {
  const fits = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text);
  return fits ? text : `sha-${digest(text, 24)}`;
}

function marks(pairs: readonly (readonly [string, string])[]) {
  return {
    labels: Object.fromEntries(pairs.map(([name, value]) => [name, labelValue(value)])),
    annotations: Object.fromEntries(pairs),
  };
}

function digest(text: string, characters: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, characters);
}
