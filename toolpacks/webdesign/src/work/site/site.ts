/** A web site as tools are given it: pages, the texts they lean on, and bytes. Nothing is fetched from anywhere. */
import { InputProblem } from "flotilla/worker/review";
import { readSourceBytes, readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";

const LIMITS = { maxFiles: 500, maxFileBytes: 4_000_000, maxTotalBytes: 24_000_000 };
const MAX_ASSET_BYTES = 8_000_000;
const TEXTS = /\.(?:html?|xhtml|css|mjs|js|svg|json|xml|txt|webmanifest)$/i;
const PAGES = /\.(?:html?|xhtml)$/i;

export interface SiteInput extends SourceInput {
  /** Other bytes by path, as base64. */
  assets?: Record<string, string>;
  /** Which of the files to look at. */
  page?: string;
}

export interface Site {
  /** Texts by path. */
  files: Readonly<Record<string, string>>;
  /** Pages that were asked for, in order. */
  pages: readonly string[];
  /** Bytes of anything given, by path relative to the site's root. Undefined: it was not given. */
  read(path: string): Promise<Uint8Array | undefined>;
}

export const siteProperties = (content: string): Record<string, unknown> => ({
  ...sourceProperties(
    {
      content,
      files: "Pages and what they use (CSS, SVG, scripts), by relative path.",
      path: "A page, or a folder with pages; what pages use is read from the same folder.",
    },
    LIMITS,
  ),
  assets: {
    type: "object",
    description: "Images, fonts and other bytes by relative path, as base64.",
    additionalProperties: { type: "string", maxLength: MAX_ASSET_BYTES * 1.4 },
    maxProperties: 200,
  },
  page: {
    type: "string",
    minLength: 1,
    maxLength: 500,
    description: "Which of the files to look at. Default: every HTML file.",
  },
});

export interface SiteOptions {
  /** Pages at most; more than that is an error. */
  maxPages: number;
  /** The name of `content`. Default `index.html`. */
  contentName?: string;
  /** What counts as a page when none is named. Default: HTML. */
  isPage?: (path: string) => boolean;
}

/** Rejects with `InputProblem` when nothing was given, or no page is among it. */
export async function readSite(input: SiteInput, options: SiteOptions): Promise<Site> {
  const { maxPages, contentName = "index.html", isPage = (path) => PAGES.test(path) } = options;
  const { assets = {} } = input;
  const files = await readSources(input, {
    ...LIMITS,
    contentName,
    include: (path) => TEXTS.test(path),
  });
  const pages = pagesOf(Object.keys(files), input, isPage);
  if (pages.length > maxPages) {
    throw new InputProblem(`There are ${pages.length} pages; at most ${maxPages} at a time.`, {
      hint: "Name one with page, or pass fewer.",
    });
  }
  const folder = input.path === undefined ? undefined : folderOf(input.path, files);
  return { files, pages, read: (path) => readOne({ files, assets, folder }, path) };
}

function pagesOf(
  names: readonly string[],
  { page, content, path }: SiteInput,
  isPage: (path: string) => boolean,
): string[] {
  if (page !== undefined && names.includes(page)) return [page];
  if (page !== undefined) {
    throw new InputProblem(`There is no page "${page.slice(0, 200)}" among the files.`, {
      hint: `Files: ${names.slice(0, 10).join(", ")}.`,
    });
  }
  if (content !== undefined || (path !== undefined && names.length === 1)) return [...names];
  const found = names.filter((name) => isPage(name)).toSorted();
  if (found.length === 0) {
    throw new InputProblem("None of the files is what this tool looks at.", {
      hint: `Name one with page. Files: ${names.slice(0, 10).join(", ")}.`,
    });
  }
  return found;
}

/** The folder of a site read by path: the path itself, or what holds the file it names. */
function folderOf(path: string, files: Readonly<Record<string, string>>): string {
  const parts = path.split(/[/\\]/);
  const last = parts.at(-1) ?? "";
  const isFile = Object.keys(files).length === 1 && Object.hasOwn(files, last);
  return isFile ? parts.slice(0, -1).join("/") || "." : path;
}

interface Given {
  files: Readonly<Record<string, string>>;
  assets: Readonly<Record<string, string>>;
  folder: string | undefined;
}

async function readOne(
  { files, assets, folder }: Given,
  path: string,
): Promise<Uint8Array | undefined> {
  if (Object.hasOwn(files, path)) return new TextEncoder().encode(files[path]);
  if (Object.hasOwn(assets, path)) return bytesOf(path, assets[path] ?? "");
  if (folder === undefined || path === "") return undefined;
  return readSourceBytes(`${folder}/${path}`, MAX_ASSET_BYTES).catch(() => undefined);
}

function bytesOf(path: string, base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  } catch {
    throw new InputProblem(`The asset "${path.slice(0, 200)}" is not base64.`);
  }
}

/** A path of the site that a reference on a page names; undefined when it points elsewhere. */
export function resolveInSite(reference: string, from: string): string | undefined {
  const base = new URL(encodePath(from), SITE);
  const url = URL.canParse(reference, base) ? new URL(reference, base) : undefined;
  return url === undefined ? undefined : pathOf(url.href);
}

/** Reserved by RFC 2606: it can never be somebody's. */
export const SITE = "https://site.invalid/";

/** The path that an address below the site's origin stands for. */
export function pathOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.origin !== new URL(SITE).origin) return undefined;
  try {
    return decodeURIComponent(url.pathname.slice(1));
  } catch {
    return undefined;
  }
}

/** A path as part of an address: each piece escaped, the slashes kept. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
