/** A page of a site, opened in a context of its own that can reach the site's given files and nothing else. */
import { InputProblem } from "flotilla/worker/review";
import type { BrowserContextOptions, Page, Route } from "playwright-core";
import { SITE, encodePath, pathOf } from "../work/site/site.ts";
import type { Site } from "../work/site/site.ts";
import { createChromium } from "./chromium.node.ts";
import type { ChromiumAt } from "./jobs.ts";

const LOAD_MS = 10_000;
const MAX_REQUESTS = 2_000;
/** All that a page asked for and did not get is told, up to so many. */
const MAX_MISSING = 50;

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  htm: "text/html; charset=utf-8",
  xhtml: "application/xhtml+xml",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  ico: "image/x-icon",
  woff: "font/woff",
  woff2: "font/woff2",
  ttf: "font/ttf",
  otf: "font/otf",
};

export interface VisitOptions {
  chromium: ChromiumAt;
  site: Site;
  path: string;
  /** Run the page's own scripts. They can reach nothing either. */
  scripts: boolean;
  context: BrowserContextOptions;
  /** For everything done on the page. */
  budgetMs: number;
}

export interface Visited<T> {
  value: T;
  /** What the page asked for that was not given: paths of the site, and addresses elsewhere. */
  missing: string[];
}

/** The thread's browser: one thread, one job at a time. */
const browser = createChromium();

/** Rejects with `InputProblem` when the page does not load, hangs or crashes; the browser is then started afresh. */
export async function visit<T>(
  options: VisitOptions,
  look: (page: Page) => Promise<T>,
): Promise<Visited<T>> {
  const running = await browser.get(options.chromium);
  const missing = new Set<string>();
  const work = async (): Promise<T> => {
    const context = await running.newContext({
      ...options.context,
      offline: true,
      serviceWorkers: "block",
      acceptDownloads: false,
      locale: "en-GB",
    });
    await context.routeWebSocket(/.*/, (socket) => socket.close());
    let requests = 0;
    await context.route("**/*", (route) => {
      requests += 1;
      return requests > MAX_REQUESTS ? route.abort() : answer(route, options, missing);
    });
    const page = await context.newPage();
    context.on("page", (other) => void other.close());
    page.setDefaultTimeout(LOAD_MS);
    await page.goto(`${SITE}${encodePath(options.path)}`, { waitUntil: "load" });
    const value = await look(page);
    await context.close();
    return value;
  };
  try {
    return { value: await within(options.budgetMs, work()), missing: [...missing] };
  } catch (error) {
    await browser.drop();
    throw problemOf(error, options.path);
  }
}

async function answer(route: Route, options: VisitOptions, missing: Set<string>): Promise<void> {
  const address = route.request().url();
  const path = pathOf(address);
  const bytes = path === undefined ? undefined : await options.site.read(path);
  if (bytes === undefined || path === undefined) {
    const isAsked = !address.startsWith("data:") && path !== "favicon.ico";
    if (isAsked && missing.size < MAX_MISSING) missing.add((path ?? address).slice(0, 300));
    await (path === undefined ? route.abort("blockedbyclient") : route.fulfill({ status: 404 }));
    return;
  }
  await route.fulfill({
    body: Buffer.from(bytes),
    headers: {
      "content-type": TYPES[path.split(".").at(-1)?.toLowerCase() ?? ""] ?? typeOf(path),
      // What the tools themselves run in the page is not subject to this; what the page brings along is.
      ...(options.scripts ? {} : { "content-security-policy": "script-src 'none'" }),
    },
  });
}

function typeOf(path: string): string {
  return path.includes(".") ? "application/octet-stream" : "text/html; charset=utf-8";
}

async function within<T>(budgetMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Timeout ${budgetMs}ms exceeded`)), budgetMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function problemOf(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error.name === "InputProblem") return error;
  const said = error.message.split("\n")[0] ?? "";
  if (/timeout/i.test(said)) {
    return new InputProblem(`The page "${path}" was not done in time: ${said.slice(0, 200)}`, {
      hint: "Its scripts may never end (scripts: false leaves them out), or it may be too large.",
    });
  }
  if (/crash|closed/i.test(said)) {
    return new InputProblem(`The page "${path}" crashed the browser: ${said.slice(0, 200)}`, {
      hint: "It may need more memory than it is given.",
    });
  }
  return error;
}
