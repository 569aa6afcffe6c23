/** A page that was not loaded: what it would load, from its source, and a plain estimate of when. */
import { walk } from "css-tree";
import { imageSize } from "image-size";
import { gzipBytes } from "../css/analyze.ts";
import { readSheet } from "../css/sheets.ts";
import { ancestors, attribute, parseHtml, placeOf } from "../html/document.ts";
import type { Element } from "../html/document.ts";
import { resolveInSite } from "../site/site.ts";
import type { Site } from "../site/site.ts";
import type { Location } from "flotilla/worker/review";
import type { Resource, ResourceKind, WeightInput } from "./contract.ts";
import { kindOf } from "./har.ts";

const MAX_RESOURCES = 1_000;
const MAX_CSS_DEPTH = 5;
const TEXTS = new Set<ResourceKind>(["document", "style", "script", "data"]);

export interface Found extends Resource {
  location: Location;
  /** The element that asks for it; absent for what style sheets ask for. */
  element?: Element;
  /** What asked for it. */
  from: string;
  data?: Uint8Array;
  intrinsic?: { width: number; height: number };
}

export interface FilesPage {
  found: Found[];
  missing: string[];
  /** `@font-face` rules that hide text until their font is there. */
  fontFaces: { location: Location; family: string }[];
  estimatedMs: number;
}

interface Asked {
  reference: string;
  kind: ResourceKind | undefined;
  blocking: boolean;
  location: Location;
  element?: Element;
}

export async function loadFiles(
  site: Site,
  page: string,
  network: NonNullable<WeightInput["network"]>,
): Promise<FilesPage> {
  const source = site.files[page] ?? "";
  const { elements } = parseHtml(source, page);
  const root = await resourceOf(page, new TextEncoder().encode(source), {
    reference: page,
    kind: "document",
    blocking: true,
    location: { file: page, line: 1, column: 1 },
  });
  const load: Load = { site, found: [{ ...root, from: "" }], missing: new Set(), fontFaces: [] };
  await follow(
    load,
    page,
    elements.flatMap((one) => askedBy(one, page)),
  );
  for (let depth = 0, at = 1; depth < MAX_CSS_DEPTH; depth += 1) {
    const sheets = load.found.slice(at).filter(({ kind, data }) => kind === "style" && data);
    at = load.found.length;
    for (const sheet of sheets) await follow(load, sheet.url, askedBySheet(sheet, load));
  }
  const estimatedMs = estimate(load.found, network);
  return { found: load.found, missing: [...load.missing], fontFaces: load.fontFaces, estimatedMs };
}

interface Load {
  site: Site;
  found: Found[];
  missing: Set<string>;
  fontFaces: FilesPage["fontFaces"];
}

async function follow(load: Load, from: string, asked: readonly Asked[]): Promise<void> {
  for (const one of asked) {
    if (load.found.length >= MAX_RESOURCES) return;
    if (one.reference === "" || /^(?:data|blob|about|javascript|#)/i.test(one.reference)) continue;
    const path = resolveInSite(one.reference, from);
    const url = path ?? one.reference;
    if (load.found.some((known) => known.url === url)) continue;
    const data = path === undefined ? undefined : await load.site.read(path);
    if (data === undefined) load.missing.add(url.slice(0, 300));
    else load.found.push({ ...(await resourceOf(url, data, one)), from });
  }
}

async function resourceOf(
  url: string,
  data: Uint8Array,
  { kind = kindOf("", url), blocking, location, element }: Asked,
): Promise<Omit<Found, "from">> {
  const isText = TEXTS.has(kind) || url.endsWith(".svg");
  const intrinsic = kind === "image" ? sizeOf(data) : undefined;
  return {
    url,
    kind,
    bytes: data.byteLength,
    transferBytes: isText ? await gzipBytes(data) : data.byteLength,
    status: 200,
    thirdParty: false,
    blocking,
    startMs: 0,
    durationMs: 0,
    location,
    data,
    ...(element === undefined ? {} : { element }),
    ...(intrinsic === undefined ? {} : { intrinsic }),
  };
}

function sizeOf(data: Uint8Array): Found["intrinsic"] {
  try {
    const { width, height } = imageSize(data);
    return { width, height };
  } catch {
    return undefined;
  }
}

function askedBy(element: Element, page: string): Asked[] {
  const location = placeOf(page, element);
  const ask = (name: string, kind: ResourceKind | undefined, blocking = false): Asked[] => {
    const reference = attribute(element, name)?.trim();
    return reference === undefined ? [] : [{ reference, kind, blocking, location, element }];
  };
  const inHead = ancestors(element).some(({ tagName }) => tagName === "head");
  switch (element.tagName) {
    case "link":
      return askedByLink(element, ask, inHead);
    case "script":
      return ask("src", "script", isBlockingScript(element) && inHead);
    case "img":
    case "input":
      return ask("src", "image");
    case "source":
      return ask("src", "media");
    case "video":
      return [...ask("poster", "image"), ...ask("src", "media")];
    case "audio":
      return ask("src", "media");
    case "iframe":
      return ask("src", "document");
    case "object":
      return ask("data", undefined);
    default:
      return [];
  }
}

function askedByLink(
  element: Element,
  ask: (name: string, kind: ResourceKind | undefined, blocking?: boolean) => Asked[],
  inHead: boolean,
): Asked[] {
  const rel = (attribute(element, "rel") ?? "").toLowerCase().split(/\s+/);
  const media = attribute(element, "media")?.trim().toLowerCase() ?? "all";
  if (rel.includes("stylesheet") && !rel.includes("alternate")) {
    const applies = media === "" || media === "all" || media.startsWith("screen");
    return ask("href", "style", inHead && applies);
  }
  if (rel.includes("preload") || rel.includes("modulepreload")) return ask("href", undefined);
  return rel.includes("icon") ? ask("href", "image") : [];
}

function isBlockingScript(element: Element): boolean {
  const has = (name: string): boolean => attribute(element, name) !== undefined;
  return !has("async") && !has("defer") && attribute(element, "type")?.toLowerCase() !== "module";
}

/** What a sheet imports, and the fonts and images it names. Fonts: the first source, which browsers take. */
function askedBySheet({ url, data }: Found, load: Load): Asked[] {
  const text = new TextDecoder().decode(data);
  const { root } = readSheet(url, text, { line: 1, column: 1 });
  const asked: Asked[] = [];
  const at = (line: number | undefined, column: number | undefined): Location => ({
    file: url,
    line: line ?? 1,
    column: column ?? 1,
  });
  walk(root, function enter(node) {
    const place = at(node.loc?.start.line, node.loc?.start.column);
    if (node.type === "Atrule" && node.name.toLowerCase() === "font-face") {
      const declarations = node.block?.children.toArray() ?? [];
      const texts = declarations.flatMap((one) =>
        one.type === "Declaration" ? [one.property] : [],
      );
      if (!texts.includes("font-display")) {
        load.fontFaces.push({ location: place, family: fontFamily(text, node.loc) });
      }
    }
    if (node.type === "Atrule" && node.name.toLowerCase() === "import") {
      const first = node.prelude?.type === "AtrulePrelude" ? node.prelude.children.first : null;
      const target = first?.type === "String" || first?.type === "Url" ? first.value : undefined;
      if (target !== undefined) {
        asked.push({ reference: target, kind: "style", blocking: true, location: place });
      }
    } else if (node.type === "Url" && this.atrule?.name.toLowerCase() !== "import") {
      const inFace = this.atrule?.name.toLowerCase() === "font-face";
      const hasOne = inFace && asked.some(({ location }) => location.line === place.line);
      if (!hasOne) {
        asked.push({
          reference: node.value,
          kind: inFace ? "font" : "image",
          blocking: false,
          location: place,
        });
      }
    }
  });
  return asked;
}

function fontFamily(
  text: string,
  loc: { start: { offset: number }; end: { offset: number } } | null | undefined,
): string {
  const body = loc ? text.slice(loc.start.offset, loc.end.offset) : "";
  return (/font-family\s*:\s*["']?([^;"'}]+)/i.exec(body)?.[1] ?? "").slice(0, 100);
}

const ORDER: readonly ResourceKind[] = [
  "document",
  "style",
  "script",
  "font",
  "image",
  "media",
  "data",
  "other",
];

/**
 * One connection of a fixed rate: a file is asked for when what names it has come, waits a round trip, and comes in
 * order of kind. A model, to compare pages by; no promise of what a browser does.
 */
function estimate(found: Found[], { kbps, rttMs }: NonNullable<WeightInput["network"]>): number {
  const ends = new Map<string, number>();
  // DNS, TCP and TLS, a round trip each.
  let free = 3 * rttMs;
  const waiting = [...found];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ from }) => from === "" || ends.has(from));
    const next = ready.toSorted((a, b) => rankOf(a, ends) - rankOf(b, ends))[0];
    if (next === undefined) break;
    waiting.splice(waiting.indexOf(next), 1);
    const asked = next.from === "" ? 0 : (ends.get(next.from) ?? 0);
    const receive = (next.transferBytes * 8) / kbps;
    const begin = Math.max(asked + rttMs, free);
    free = begin + receive;
    next.startMs = Math.round(asked);
    next.durationMs = Math.round(free - asked);
    next.phases = { blocked: 0, dns: 0, connect: 0, wait: begin - asked, receive };
    ends.set(next.url, free);
  }
  return Math.round(free);
}

function rankOf({ kind, from, blocking }: Found, ends: ReadonlyMap<string, number>): number {
  return ORDER.indexOf(kind) * 1e7 - (blocking ? 5e6 : 0) + (ends.get(from) ?? 0);
}
