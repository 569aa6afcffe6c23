/** The Node entry: plain JSON calls on the fast lane, everything else by node:http, both in front of the same core. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { FlotillaError, messageOf } from "../protocol/errors.ts";
import { systemClock } from "../protocol/system-clock.ts";
import { silentTelemetry } from "../telemetry/index.ts";
import type { Telemetry } from "../telemetry/index.ts";
import type { Fallback } from "./front/exchange.ts";
import type { Front } from "./front/front.ts";
import { fallbackFailed, notFound } from "./front/not-found.ts";
import { createLane, type Lane } from "./lane/lane.node.ts";
import { discardBody, readBody } from "./node-body.node.ts";
import { serveFallback } from "./node-fallback.node.ts";
import { observeAnswers, observeRequest } from "./node-metrics.node.ts";
import { NodeCall, NodeReply, sendAnswer } from "./node-reply.node.ts";

export interface NodeServerOptions {
  front: Front;
  /** Instead of the front's own. */
  fallback?: Fallback;
  host: string;
  /** 0 picks a free one; "handed" listens nowhere: connections come through `accept`. */
  port: number | "handed";
  limits?: Partial<NodeLimits>;
  telemetry?: Telemetry;
}

export interface NodeLimits {
  /** Request line and headers together; more gets a 431. */
  maxHeaderBytes: number;
  /** From the first byte of a request to the end of its headers: slow headers are an attack or a broken line. */
  headersTimeoutMs: number;
  /** To the end of its body. Answers may take as long as they need. */
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** Of a refused body, read and thrown away so that its sender can read the refusal. */
  maxDiscardBytes: number;
}

export const DEFAULT_NODE_LIMITS: NodeLimits = {
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  // Longer than the 60 seconds after which common load balancers drop idle connections, so that they hang up first.
  keepAliveTimeoutMs: 65_000,
  maxDiscardBytes: 64 * 1024 * 1024,
};

export interface NodeServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Takes over a connection that another process has accepted and not read from. */
  accept(socket: Socket): void;
  /**
   * Stops accepting, ends listen streams gracefully and waits up to `graceMs` for calls under way; then ends everything.
   * Idempotent.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Resolves when it listens. Rejects with `port_in_use`, or `config_invalid` for an address that cannot be bound. */
export async function createNodeServer(options: NodeServerOptions): Promise<NodeServer> {
  const limits = { ...DEFAULT_NODE_LIMITS, ...options.limits };
  const handle = handler(options, limits);
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      insecureHTTPParser: false,
      requireHostHeader: true,
      noDelay: true,
    },
    handle,
  );
  // The request is answered before its body is asked for, so that a large one is refused without being sent.
  server.on("checkContinue", handle);
  server.on("clientError", refuseBroken);
  const lane = layLane(server, options, limits);
  // Without an address to listen on nobody else would tell the server to watch over slow requests.
  if (options.port === "handed") server.emit("listening");
  else await listen(server, options.host, options.port);
  const port = portOf(server);
  const shown = options.host.includes(":") ? `[${options.host}]` : options.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${shown}:${port}`,
    host: options.host,
    port,
    accept(socket) {
      // As the server itself would have made it.
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      server.emit("connection", socket);
    },
    close: ({ graceMs = 0 } = {}) =>
      (closing ??= shutDown({ server, lane, front: options.front, graceMs })),
  };
}

/** Connections begin on the fast lane; those it does not serve go where they would have gone without it. */
function layLane(server: Server, options: NodeServerOptions, limits: NodeLimits): Lane {
  const serve = server.listeners("connection");
  const observe = options.telemetry === undefined ? undefined : observeAnswers(options.telemetry);
  const lane = createLane({
    core: options.front.core,
    clock: systemClock,
    handOver: (socket) => {
      for (const listener of serve) listener.call(server, socket);
    },
    bodyTimeoutMs: limits.requestTimeoutMs,
    keepAliveMs: limits.keepAliveTimeoutMs,
    ...(observe === undefined ? {} : { observe }),
  });
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => lane.accept(socket));
  return lane;
}

function handler(options: NodeServerOptions, limits: NodeLimits) {
  const { core } = options.front;
  const telemetry = options.telemetry ?? silentTelemetry;
  const fallback = options.fallback ?? options.front.fallback;
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (telemetry !== silentTelemetry) observeRequest(telemetry, request, response);
    response.on("error", () => {});
    const call = new NodeCall(request, response);
    const plan = core.plan(call);
    if (plan.kind === "fallback") {
      continueIfAsked(request, response);
      return void runFallback(fallback, { request, response, telemetry, limits });
    }
    if (plan.kind === "answer") {
      sendAnswer(response, plan.answer);
      return discardBody(request, limits.maxDiscardBytes);
    }
    const reply = new NodeReply(response);
    if (plan.kind === "run") {
      discardBody(request, limits.maxDiscardBytes);
      return core.run(call, "", reply);
    }
    continueIfAsked(request, response);
    readBody(request, plan.maxBytes, {
      onText: (body) => core.run(call, body, reply),
      onRefused(why) {
        reply.send(core.refuseBody(why));
        discardBody(request, limits.maxDiscardBytes);
      },
    });
  };
}

function continueIfAsked(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined) response.writeContinue();
}

interface FallbackContext {
  request: IncomingMessage;
  response: ServerResponse;
  telemetry: Telemetry;
  limits: NodeLimits;
}

async function runFallback(
  fallback: Fallback | undefined,
  { request, response, telemetry, limits }: FallbackContext,
): Promise<void> {
  try {
    const maxBodyBytes = limits.maxDiscardBytes;
    if (
      fallback !== undefined &&
      (await serveFallback({ fallback, maxBodyBytes }, request, response))
    ) {
      return;
    }
    discardBody(request, maxBodyBytes);
    sendAnswer(response, notFound(request.url ?? ""));
  } catch (error) {
    if (response.headersSent || response.destroyed) return void response.destroy();
    telemetry.log.error("fallback failed", { reason: messageOf(error) });
    sendAnswer(response, fallbackFailed());
  }
}

/** What Node's parser refused: too large, too slow, or not HTTP. It has no request to answer, only a socket. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  const body = JSON.stringify({
    error: { code: "bad_request", message: `${status.slice(4)}: the request was refused.` },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === "EADDRINUSE";
      reject(
        new FlotillaError(
          inUse ? "port_in_use" : "config_invalid",
          inUse
            ? `Port ${port} on ${host} is in use.`
            : `Cannot listen on ${host}:${port}: ${cause.message}.`,
          {
            hint: inUse
              ? "Stop the other server, or choose another port with --port (0 picks a free one)."
              : "Check the host and port.",
            cause,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function shutDown(running: {
  server: Server;
  lane: Lane;
  front: Front;
  graceMs: number;
}): Promise<void> {
  const { server, lane, front, graceMs } = running;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  lane.drain();
  await Promise.race([front.drain(), grace]);
  clearTimeout(timer);
  server.closeIdleConnections();
  front.close();
  // Aborted calls still have a moment to say so; what does not take it is cut.
  await new Promise((resolve) => setImmediate(resolve));
  server.closeAllConnections();
  lane.close();
  await closed;
}
