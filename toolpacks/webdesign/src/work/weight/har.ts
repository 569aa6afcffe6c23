/** An HTTP archive (HAR 1.2) as resources. Only what is needed is read, and each part is checked. */
import { InputProblem } from "flotilla/worker/review";
import type { Resource, ResourceKind } from "./contract.ts";

const MAX_ENTRIES = 5_000;

type Fields = Record<string, unknown>;

export interface HarEntry extends Resource {
  headers: ReadonlyMap<string, string>;
  mime: string;
  /** The document's text, where the archive has it. */
  text: string | undefined;
}

export interface HarPage {
  title: string;
  entries: HarEntry[];
  contentLoadMs?: number;
  loadMs?: number;
}

/** The first page of the archive. Throws `InputProblem` that names the place. */
export function readHar(har: Fields): HarPage {
  const log = fields(har["log"], "/log");
  const entries = list(log["entries"], "/log/entries");
  if (entries.length === 0) throw new InputProblem("The HAR has no entries.");
  if (entries.length > MAX_ENTRIES) {
    throw new InputProblem(`The HAR has ${entries.length} entries; at most ${MAX_ENTRIES}.`);
  }
  const page = Array.isArray(log["pages"]) ? asFields(log["pages"][0]) : undefined;
  const wanted = page?.["id"];
  const own = entries
    .map((one, index) => fields(one, `/log/entries/${index}`))
    .filter(
      (one) => wanted === undefined || one["pageref"] === undefined || one["pageref"] === wanted,
    );
  const times = own.map((one, index) => timeOf(one, index));
  const start = Math.min(...times, timeOfPage(page) ?? Number.POSITIVE_INFINITY);
  const read = own.map((one, index) => entryOf(one, (times[index] ?? start) - start));
  const host = hostOf(read.find(({ kind }) => kind === "document")?.url ?? read[0]?.url ?? "");
  const timings = asFields(page?.["pageTimings"]);
  const contentLoadMs = positive(timings?.["onContentLoad"]);
  const loadMs = positive(timings?.["onLoad"]);
  return {
    title: text(page?.["title"]).slice(0, 300) || (read[0]?.url ?? ""),
    entries: read.map((one) => ({ ...one, thirdParty: siteOf(hostOf(one.url)) !== siteOf(host) })),
    ...(contentLoadMs === undefined ? {} : { contentLoadMs }),
    ...(loadMs === undefined ? {} : { loadMs }),
  };
}

function entryOf(entry: Fields, startMs: number): HarEntry {
  const request = fields(entry["request"], "entry.request");
  const response = fields(entry["response"], "entry.response");
  const content = asFields(response["content"]) ?? {};
  const timings = asFields(entry["timings"]) ?? {};
  const part = (name: string): number => Math.max(0, number(timings[name]) ?? 0);
  const mime = text(content["mimeType"]).split(";")[0]?.trim().toLowerCase() ?? "";
  const headers = headersOf(response["headers"]);
  const bytes = positive(content["size"]) ?? positive(response["bodySize"]) ?? 0;
  const connect = Math.max(0, part("connect") - part("ssl"));
  return {
    url: text(request["url"]).slice(0, 2_000),
    kind: kindOf(mime, text(request["url"])),
    transferBytes: transferOf(response, headers, bytes),
    bytes,
    status: number(response["status"]) ?? 0,
    thirdParty: false,
    blocking: entry["_renderBlocking"] === "blocking",
    startMs: Math.round(startMs),
    durationMs: Math.round(Math.max(0, number(entry["time"]) ?? 0)),
    phases: {
      blocked: part("blocked"),
      dns: part("dns"),
      connect: connect + part("ssl"),
      wait: part("send") + part("wait"),
      receive: part("receive"),
    },
    headers,
    mime,
    text:
      typeof content["text"] === "string" && content["encoding"] === undefined
        ? content["text"]
        : undefined,
  };
}

/** Chrome says what came over the wire in `_transferSize`; others in `bodySize`, -1 when they do not know. */
function transferOf(response: Fields, headers: ReadonlyMap<string, string>, bytes: number): number {
  return (
    positive(response["_transferSize"]) ??
    positive(response["bodySize"]) ??
    positive(Number(headers.get("content-length") ?? Number.NaN)) ??
    (number(response["bodySize"]) === 0 ? 0 : bytes)
  );
}

function headersOf(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of Array.isArray(value) ? value.slice(0, 200) : []) {
    const header = asFields(one);
    if (header !== undefined) found.set(text(header["name"]).toLowerCase(), text(header["value"]));
  }
  return found;
}

export function kindOf(mime: string, url: string): ResourceKind {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const ending = path.split(".").at(-1)?.toLowerCase() ?? "";
  const isEnding = (known: string): boolean => mime === "" && known.split(" ").includes(ending);
  if (mime.includes("html") || isEnding("html htm")) return "document";
  if (mime === "text/css" || isEnding("css")) return "style";
  if (/(?:java|ecma)script/.test(mime) || isEnding("js mjs")) return "script";
  if (mime.startsWith("image/") || isEnding("png jpg jpeg gif webp avif svg ico bmp"))
    return "image";
  if (/font|woff/.test(mime) || /\.(?:woff2?|ttf|otf|eot)$/i.test(path)) return "font";
  if (/^(?:video|audio)\//.test(mime) || isEnding("mp4 webm mp3 ogg")) return "media";
  return /json|xml|text\/plain/.test(mime) ? "data" : "other";
}

function timeOf(entry: Fields, index: number): number {
  const time = Date.parse(text(entry["startedDateTime"]));
  if (!Number.isNaN(time)) return time;
  throw new InputProblem(`/log/entries/${index}/startedDateTime is no ISO 8601 time.`);
}

function timeOfPage(page: Fields | undefined): number | undefined {
  const time = Date.parse(text(page?.["startedDateTime"]));
  return Number.isNaN(time) ? undefined : time;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** The last two labels: near enough to tell a site's own hosts from others'. */
function siteOf(host: string): string {
  return host.split(".").slice(-2).join(".");
}

export function asFields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function fields(value: unknown, place: string): Fields {
  const found = asFields(value);
  if (found !== undefined) return found;
  throw new InputProblem(`This is no HAR: ${place} must be an object.`, {
    hint: "Save one in the browser's network panel (Export HAR).",
  });
}
function list(value: unknown, place: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new InputProblem(`This is no HAR: ${place} must be an array.`);
}
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
function positive(value: unknown): number | undefined {
  const found = number(value);
  return found === undefined || found <= 0 ? undefined : found;
}
