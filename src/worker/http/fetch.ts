/** The web-standard entry: `fetch(request)`, for Cloudflare Workers, Deno, Bun, tests, and whoever mounts a worker. */
import { systemClock, systemNewId } from "../../protocol/index.ts";
import type { Worker } from "../contract.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import type { HttpCore } from "./core.ts";
import type { HttpOptions } from "./parts.ts";

export interface FetchOptions extends Partial<HttpOptions> {
  /** Of the public address. Default: any, because whoever routes requests here has decided already. */
  hosts?: readonly string[];
  /** Pages that may call, besides those of the same host. */
  origins?: readonly string[];
}

/** Takes one request to `/mcp`, `/health`, `/ready` or `/metrics`. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** Loads the HTTP side at once, while the platform waits for the module and no client does. */
export function fetchHandler(worker: Worker, options: FetchOptions = {}): FetchHandler {
  const core = loadCore(worker, options);
  return async (request) => responseOf(await (await core).handle(askOf(request)), request.method);
}

/** The core with what is right where the platform in front has its own limits and decides who reaches us. */
export async function loadCore(worker: Worker, options: FetchOptions): Promise<HttpCore> {
  const { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_CALLS, createHttpCore } = await import("./core.ts");
  const { hosts, origins, ...rest } = options;
  return createHttpCore(worker, {
    clock: systemClock,
    newId: systemNewId,
    checkOutput: false,
    // eslint-disable-next-line no-console -- the platform's log
    report: (message) => console.error(`${worker.name}: ${message}`),
    policy: { hosts: hosts ?? "any", origins: origins ?? [] },
    maxBodyBytes: DEFAULT_MAX_BODY_BYTES,
    maxCalls: DEFAULT_MAX_CALLS,
    events: true,
    asksSessions: false,
    ...rest,
  });
}

function askOf(request: Request): HttpAsk {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    // Some runtimes keep the Host header to themselves; the URL says the same.
    header: (name) => request.headers.get(name) ?? (name === "host" ? url.host : undefined),
    body: (maxBytes) => readBody(request, maxBytes),
    signal: request.signal,
  };
}

async function readBody(request: Request, maxBytes: number): Promise<string> {
  const { BodyError, createBodyReader } = await import("./exchange.ts");
  const body = createBodyReader(maxBytes);
  if (request.body === null) return body.end();
  const reader = request.body.getReader();
  for (;;) {
    const part = await reader.read().catch(() => undefined);
    if (part === undefined) throw new BodyError("incomplete");
    if (part.done) return body.end();
    try {
      body.push(part.value);
    } catch (error) {
      await reader.cancel();
      throw error;
    }
  }
}

export function responseOf({ status, headers, body }: HttpAnswer, method: string): Response {
  const isBodiless = method === "HEAD" || body === "";
  return new Response(isBodiless ? null : body, { status, headers });
}
