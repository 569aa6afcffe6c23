/** What makes a page heavy or late. */
import type { Finding } from "flotilla/worker/review";
import { attribute } from "../html/document.ts";
import { minifiedBytes } from "../css/minify.ts";
import type { Resource, ResourceKind, WeightInput } from "./contract.ts";
import type { FilesPage, Found } from "./files.ts";
import type { HarEntry } from "./har.ts";
import { sizeText } from "./waterfall.ts";

/** Below it a packet's worth is all that could be saved. */
const SMALL = 1_400;
const WEEK_S = 7 * 24 * 3_600;
const HEAVY: Partial<Record<ResourceKind, number>> = {
  script: 200_000,
  style: 100_000,
  image: 250_000,
  font: 100_000,
};
const HEAVY_PAGE = 1_600_000;
const COMPRESSIBLE = /^text\/|json|javascript|xml|svg|font\/ttf|font\/otf|wasm/;
const STATIC = new Set<ResourceKind>(["style", "script", "image", "font", "media"]);

/** About both kinds of source. */
export function weightFindings(
  resources: readonly Resource[],
  { budget = {} }: WeightInput,
): Finding[] {
  const sum = (kind?: ResourceKind): number =>
    resources
      .filter((one) => kind === undefined || one.kind === kind)
      .reduce((total, { transferBytes }) => total + transferBytes, 0);
  const heavy = resources.flatMap(({ url, kind, transferBytes }): Finding[] => {
    const most = HEAVY[kind];
    if (most === undefined || transferBytes <= most) return [];
    return [
      {
        rule: `heavy-${kind}`,
        severity: "warning",
        message: `${sizeText(transferBytes)} over the wire; above ${sizeText(most)} this ${kind} delays the page on phones.`,
        object: url.slice(0, 300),
        fix:
          kind === "script"
            ? "Split it, and load what is not needed at once later."
            : "Make it smaller, or load it later.",
      },
    ];
  });
  const limits = Object.entries(budget).flatMap(([name, most]): Finding[] => {
    const now = name === "total" ? sum() : sum(kindNamed(name));
    if (now <= most) return [];
    return [
      {
        rule: "budget",
        severity: "error",
        message: `${name}: ${sizeText(now)}, ${sizeText(now - most)} over the budget of ${sizeText(most)}.`,
        object: name,
      },
    ];
  });
  const total = sum();
  const page: Finding[] =
    total > HEAVY_PAGE
      ? [
          {
            rule: "heavy-page",
            severity: "warning",
            message: `The page weighs ${sizeText(total)} over the wire.`,
            evidence: `${resources.length} requests`,
          },
        ]
      : [];
  return [...limits, ...page, ...heavy];
}

function kindNamed(name: string): ResourceKind {
  const kinds: Record<string, ResourceKind> = {
    script: "script",
    style: "style",
    image: "image",
    font: "font",
  };
  return kinds[name] ?? "other";
}

export function harFindings(entries: readonly HarEntry[]): Finding[] {
  return entries.flatMap((entry) => [
    ...statusFindings(entry),
    ...compressionFindings(entry),
    ...cacheFindings(entry),
    ...formatFindings(entry, undefined),
  ]);
}

function statusFindings({ status, url, headers, kind }: HarEntry): Finding[] {
  const object = url.slice(0, 300);
  if (status >= 400) {
    return [
      { rule: "failed-request", severity: "error", message: `The answer was ${status}.`, object },
    ];
  }
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  if (!isRedirect) return [];
  return [
    {
      rule: "redirect",
      severity: kind === "document" ? "warning" : "info",
      message: `A redirect (${status}) costs a round trip.`,
      object,
      evidence: (headers.get("location") ?? "").slice(0, 200),
      fix: "Name the final address.",
    },
  ];
}

function compressionFindings({
  headers,
  mime,
  bytes,
  transferBytes,
  url,
  status,
}: HarEntry): Finding[] {
  const encoding = headers.get("content-encoding") ?? "";
  if (headers.size === 0 || status !== 200 || encoding !== "" || !COMPRESSIBLE.test(mime))
    return [];
  if (bytes < SMALL || transferBytes < bytes * 0.9) return [];
  return [
    {
      rule: "not-compressed",
      severity: "warning",
      message: `${sizeText(bytes)} of ${mime} came uncompressed.`,
      object: url.slice(0, 300),
      fix: "Have the server send Brotli, Zstandard or gzip.",
    },
  ];
}

function cacheFindings({ headers, kind, url, status, bytes }: HarEntry): Finding[] {
  if (headers.size === 0 || !STATIC.has(kind) || status !== 200 || bytes < SMALL) return [];
  const control = headers.get("cache-control") ?? "";
  const age = Number(/(?:^|[\s,])max-age=(\d+)/i.exec(control)?.[1] ?? Number.NaN);
  const expires = Date.parse(headers.get("expires") ?? "") - Date.parse(headers.get("date") ?? "");
  const seconds = Number.isNaN(age) ? expires / 1_000 : age;
  if (/no-store|no-cache/i.test(control) || !(seconds >= WEEK_S)) {
    return [
      {
        rule: "short-cache",
        severity: "info",
        message: `Browsers may keep this ${kind} for ${/no-store|no-cache/i.test(control) ? "no time" : Number.isNaN(seconds) ? "a time they guess" : `${Math.max(0, Math.round(seconds / 3_600))} h`}.`,
        object: url.slice(0, 300),
        evidence: control === "" ? "no Cache-Control" : control.slice(0, 200),
        fix: "Put a hash into its name, and send Cache-Control: public, max-age=31536000, immutable.",
      },
    ];
  }
  return [];
}

/** Old formats, by what the bytes or the type say. */
function formatFindings({ kind, url, bytes }: Resource, location: Finding["location"]): Finding[] {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const ending = path.split(".").at(-1)?.toLowerCase() ?? "";
  const at = { object: url.slice(0, 300), ...(location === undefined ? {} : { location }) };
  if (kind === "image" && bytes > 20_000 && ["jpg", "jpeg", "png", "bmp", "gif"].includes(ending)) {
    return [
      {
        rule: "image-format",
        severity: "info",
        message: `${ending.toUpperCase()} of ${sizeText(bytes)}: AVIF or WebP show the same in fewer bytes.`,
        ...at,
        fix: ending === "gif" ? "Use a video for animation." : "Offer AVIF or WebP with <picture>.",
      },
    ];
  }
  if (kind === "font" && ["ttf", "otf", "eot", "woff"].includes(ending)) {
    return [
      {
        rule: "font-format",
        severity: "warning",
        message: `${ending.toUpperCase()} font of ${sizeText(bytes)}: WOFF2 is about a third smaller than WOFF.`,
        ...at,
        fix: "Offer WOFF2 first.",
      },
    ];
  }
  return [];
}

export async function filesFindings({ found, fontFaces }: FilesPage): Promise<Finding[]> {
  const findings = found.flatMap((one) => [
    ...blockingFindings(one),
    ...imageFindings(one),
    ...formatFindings(one, one.location),
  ]);
  for (const { family, location } of fontFaces) {
    findings.push({
      rule: "font-display",
      severity: "warning",
      message: `Text in "${family}" stays invisible until the font has come.`,
      location,
      fix: "Add font-display: swap (or optional).",
    });
  }
  for (const one of found.filter(({ kind }) => kind === "style")) {
    findings.push(...(await minifyFindings(one)));
  }
  return findings;
}

function blockingFindings({
  kind,
  blocking,
  url,
  location,
  from,
  transferBytes,
}: Found): Finding[] {
  const object = url.slice(0, 300);
  if (kind === "script" && blocking) {
    return [
      {
        rule: "blocking-script",
        severity: "error",
        message: "Nothing is painted until this script has come and run.",
        location,
        object,
        evidence: sizeText(transferBytes),
        fix: "Add defer, or type=module.",
      },
    ];
  }
  if (
    kind === "style" &&
    location.file !== undefined &&
    location.file === from &&
    from.endsWith(".css")
  ) {
    return [
      {
        rule: "css-import",
        severity: "warning",
        message:
          "@import is found only when the sheet around it has come: one more round trip before anything is painted.",
        location,
        object,
        fix: "Link it from the page, or bundle the two.",
      },
    ];
  }
  return [];
}

function imageFindings({ kind, element, intrinsic, url, location, bytes }: Found): Finding[] {
  if (kind !== "image" || element?.tagName !== "img") return [];
  const object = url.slice(0, 300);
  const has = (name: string): boolean => attribute(element, name) !== undefined;
  const found: Finding[] = [];
  if (!has("width") || !has("height")) {
    found.push({
      rule: "image-no-size",
      severity: "info",
      message: "Without width and height the page jumps when the image comes.",
      location,
      object,
      ...(intrinsic === undefined
        ? {}
        : { fix: `Add width="${intrinsic.width}" height="${intrinsic.height}".` }),
    });
  }
  const shown = Number(attribute(element, "width"));
  if (intrinsic !== undefined && shown > 0 && intrinsic.width > shown * 2.2 && bytes > 20_000) {
    found.push({
      rule: "image-oversized",
      severity: "warning",
      message: `${intrinsic.width} px wide, shown at ${shown} px.`,
      location,
      object,
      fix: `${shown * 2} px is enough for dense screens; offer sizes with srcset.`,
    });
  }
  return found;
}

async function minifyFindings({ data, url, bytes, location }: Found): Promise<Finding[]> {
  const small = await minifiedBytes(new TextDecoder().decode(data));
  if (small.bytes === undefined || bytes - small.bytes < 2_000 || small.bytes > bytes * 0.85)
    return [];
  return [
    {
      rule: "not-minified",
      severity: "info",
      message: `Minified it has ${sizeText(small.bytes)} instead of ${sizeText(bytes)}.`,
      location,
      object: url,
    },
  ];
}
