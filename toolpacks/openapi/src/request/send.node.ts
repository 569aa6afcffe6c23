/**
 * One HTTP request, guarded: the address that is connected to is the one that was looked at, so that a name which
 * changes its address between look and connection (DNS rebinding) gains nothing. Answers are bounded.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { FlotillaError } from "flotilla/protocol";
import { checkAddress, checkTarget, type OutboundPolicy } from "flotilla/worker/outbound";

export interface Outgoing {
  method: string;
  url: URL;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array;
}

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The body was longer than asked for. */
  isCut: boolean;
  /** Where it came from, after redirects. */
  url: URL;
}

export interface SendOptions {
  signal: AbortSignal;
  maxBytes: number;
}

export type Send = (request: Outgoing, options: SendOptions) => Promise<Answer>;

export interface SenderOptions {
  policy: OutboundPolicy;
  /** From start to the body's last byte. */
  timeoutMs: number;
  /** Default: the system's resolver. */
  resolve?: typeof systemLookup;
}

const MAX_REDIRECTS = 5;
const MAX_SOCKETS = 16;

export function createSender({ policy, timeoutMs, resolve = systemLookup }: SenderOptions): Send {
  const pool = { keepAlive: true, maxSockets: MAX_SOCKETS, lookup: guarded(policy, resolve) };
  const agents = { "http:": new HttpAgent(pool), "https:": new HttpsAgent(pool) };
  const once = async (request: Outgoing, options: SendOptions): Promise<Answer> => {
    const verdict = checkTarget(policy, request.url);
    if (!verdict.ok) throw new FlotillaError("forbidden", verdict.reason, { hint: verdict.hint });
    const agent = request.url.protocol === "https:" ? agents["https:"] : agents["http:"];
    return exchange(request, agent, options);
  };
  return async (request, { signal, maxBytes }) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const options = { signal: AbortSignal.any([signal, limit]), maxBytes };
    try {
      return await redirected(request, (next) => once(next, options));
    } catch (error) {
      throw told(error, { host: request.url.host, timedOut: limit.aborted, timeoutMs });
    }
  };
}

/** Only what may be repeated is sent on, without its headers when it leaves the origin. */
async function redirected(
  request: Outgoing,
  once: (request: Outgoing) => Promise<Answer>,
): Promise<Answer> {
  let next = request;
  for (let hop = 0; ; hop += 1) {
    const answer = await once(next);
    const location = answer.headers["location"];
    const moves = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
    if (!moves || !["GET", "HEAD"].includes(next.method) || hop >= MAX_REDIRECTS) return answer;
    if (!URL.canParse(location, next.url.href)) return answer;
    const url = new URL(location, next.url);
    const stays = url.origin === next.url.origin;
    next = { method: next.method, url, headers: stays ? next.headers : { accept: "*/*" } };
  }
}

function exchange(
  { method, url, headers, body }: Outgoing,
  agent: HttpAgent | HttpsAgent,
  { signal, maxBytes }: SendOptions,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined ? {} : { "content-length": String(body.byteLength) };
  const options = {
    method,
    agent,
    signal,
    headers: { "accept-encoding": "identity", ...headers, ...length },
  };
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  const request = start(url, options, (response) => {
    const { statusCode: status = 0 } = response;
    readBody(response, maxBytes).then(
      (read) => resolve({ status, headers: flat(response), ...read, url }),
      reject,
    );
  });
  request.on("error", reject);
  request.end(body);
  return promise;
}

async function readBody(response: IncomingMessage, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of plain(response) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.byteLength;
    if (bytes > maxBytes) break;
  }
  const isCut = bytes > maxBytes;
  if (isCut) response.destroy();
  return { body: new Uint8Array(Buffer.concat(chunks)), isCut };
}

/** Asked for as it is; some servers pack it all the same. What it unpacks to is bounded like the rest. */
function plain(response: IncomingMessage): Readable {
  const makers = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };
  const coding = response.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (coding !== "gzip" && coding !== "deflate" && coding !== "br") return response;
  const unpacked = makers[coding]();
  response.on("error", (error) => unpacked.destroy(error));
  return response.pipe(unpacked);
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    [value ?? ""].flat().join(", "),
  ]);
  return Object.fromEntries(pairs);
}

function guarded(policy: OutboundPolicy, resolve: typeof systemLookup): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return answer(error, "");
      const refused = addresses
        .map(({ address }) => checkAddress(policy, hostname, address))
        .find((verdict) => !verdict.ok);
      const [first] = addresses;
      if (refused?.ok === false) {
        const { reason, hint } = refused;
        return answer(new FlotillaError("forbidden", reason, { hint }), "");
      }
      if (options.all === true) return answer(null, addresses);
      return answer(null, first?.address ?? "", first?.family);
    });
  };
}

function told(
  error: unknown,
  { host, timedOut, timeoutMs }: { host: string; timedOut: boolean; timeoutMs: number },
): unknown {
  if (timedOut) {
    return new FlotillaError("call_timeout", `${host} did not answer within ${timeoutMs} ms.`);
  }
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  const ours = error instanceof Error && error.name === "FlotillaError";
  if (ours || typeof code !== "string") return error;
  const message = `${host} cannot be reached (${code}).`;
  return new FlotillaError("worker_unavailable", message, { retryable: true, cause: error });
}
