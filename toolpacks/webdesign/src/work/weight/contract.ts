import type { FindingReport } from "flotilla/worker/review";
import type { SiteInput } from "../site/site.ts";

export interface WeightInput extends SiteInput {
  har?: Record<string, unknown>;
  /** Transfer sizes, in bytes, that must not be passed. */
  budget?: { total?: number; script?: number; style?: number; image?: number; font?: number };
  /** For the estimate of files that were not loaded: default 1.6 Mbit/s and 150 ms. */
  network?: { kbps: number; rttMs: number };
  ignore?: string[];
}

export type ResourceKind =
  | "document"
  | "style"
  | "script"
  | "image"
  | "font"
  | "media"
  | "data"
  | "other";

export interface Resource {
  url: string;
  kind: ResourceKind;
  /** Over the wire, without headers; for files the gzip size of what is text. */
  transferBytes: number;
  bytes: number;
  status: number;
  thirdParty: boolean;
  blocking: boolean;
  /** From the page's start. */
  startMs: number;
  durationMs: number;
  phases?: { blocked: number; dns: number; connect: number; wait: number; receive: number };
}

export interface WeightAnswer extends FindingReport {
  source: "har" | "files";
  page: string;
  requests: number;
  transferBytes: number;
  bytes: number;
  byKind: { kind: ResourceKind; requests: number; transferBytes: number; bytes: number }[];
  thirdPartyBytes: number;
  blocking: string[];
  /** Measured in the HAR; for files estimated with the given network. */
  timings: { totalMs: number; contentLoadMs?: number; loadMs?: number; estimated: boolean };
  resources: Resource[];
  missing: string[];
  limits: string[];
  picture: string;
}
