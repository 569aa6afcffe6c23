/** Serves the dashboard: a fixed set of files, nothing of the disk beside them, and a page that may load nothing else. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Dashboard {
  /** The answer for a path of the dashboard's own; undefined for every other, which is then somebody else's. */
  fetch(request: Request): Promise<Response | undefined>;
}

const HERE = import.meta.dirname;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Served name → package entry. A published package carries them in `vendor/`; a checkout has them installed. */
export const VENDOR: Record<string, string> = {
  "preact.js": "preact",
  "hooks.js": "preact/hooks",
  "htm.js": "htm",
  "signals.js": "@preact/signals",
  "signals-core.js": "@preact/signals-core",
};

export function createDashboard(): Dashboard {
  // Looked up once, on the first request: opening the page is no part of starting a fleet.
  let files: Promise<Map<string, string>> | undefined;
  return {
    async fetch(request) {
      files ??= listFiles();
      const { pathname } = new URL(request.url);
      const file = (await files).get(pathname);
      if (file === undefined) return undefined;
      if (request.method !== "GET" && request.method !== "HEAD") {
        return new Response("Only GET and HEAD.\n", {
          status: 405,
          headers: { allow: "GET, HEAD" },
        });
      }
      return answer(request, file);
    },
  };
}

/** URL path → file. What is not in the map is not served, so no path can climb out of it. */
async function listFiles(): Promise<Map<string, string>> {
  const files = new Map([["/", join(HERE, "public/index.html")]]);
  for (const name of await readdir(join(HERE, "public"))) {
    if (name !== "index.html") files.set(`/${name}`, join(HERE, "public", name));
  }
  for (const entry of await readdir(join(HERE, "app"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".js") || entry.name.endsWith(".test.js")) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(HERE.length).replaceAll("\\", "/"), path);
  }
  for (const [name, entry] of Object.entries(VENDOR)) {
    const packed = join(HERE, "vendor", name);
    const path = existsSync(packed) ? packed : fileURLToPath(import.meta.resolve(entry));
    files.set(`/vendor/${name}`, path);
  }
  return files;
}

async function answer(request: Request, file: string): Promise<Response> {
  const body = await readFile(file);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  const headers: Record<string, string> = {
    etag,
    // Kept by the browser, asked about each time: an upgrade shows at once.
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
  };
  if (request.headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers });
  const type = TYPES[extname(file)] ?? TYPES[".js"] ?? "";
  headers["content-type"] = type;
  headers["content-length"] = String(body.byteLength);
  if (extname(file) === ".html") Object.assign(headers, pageHeaders(body.toString("utf8")));
  return new Response(request.method === "HEAD" ? null : new Uint8Array(body), { headers });
}

/**
 * The page runs our modules and the one inline import map, whose hash is named; it talks to its own origin alone.
 * Pictures and sounds that tools return are shown from `data:`; as images they cannot run scripts.
 */
function pageHeaders(html: string): Record<string, string> {
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(map).digest("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    "content-security-policy": policy,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "x-frame-options": "DENY",
  };
}
