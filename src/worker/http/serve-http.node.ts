/** The HTTP server of a worker on Node: containers, Cloud Run, Lambda behind the web adapter, or a machine of one's own. */
import { createServer } from "node:http";
import type { Server } from "node:http";
import {
  FlotillaError,
  atLeast,
  isLogLevel,
  systemClock,
  systemNewId,
} from "../../protocol/index.ts";
import { policyFor } from "../../security/index.ts";
import type { LogLine } from "../call-context.ts";
import type { Worker } from "../contract.ts";
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_CALLS, createHttpCore } from "./core.ts";
import { answerOnNode } from "./node-exchange.node.ts";
import type { HttpServer, ServeHttpOptions } from "./serve-http.ts";

/** What container platforms agree on. */
const DEFAULT_PORT = 8080;
const LOOPBACK = "127.0.0.1";
/** Longer than the 60 seconds after which common load balancers drop idle connections, so that they hang up first. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const DEFAULT_GRACE_MS = 4_000;
/** For the last bytes of the last answers to leave. */
const LINGER_MS = 500;

export async function listen(worker: Worker, options: ServeHttpOptions): Promise<HttpServer> {
  const { env } = process;
  const host = options.host ?? env["HOST"] ?? LOOPBACK;
  const port = options.port ?? portOf(env["PORT"]);
  const environment = env["NODE_ENV"];
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const wanted = env["FLOTILLA_LOG_LEVEL"];
  const least = isLogLevel(wanted) ? wanted : "info";
  const core = createHttpCore(worker, {
    clock: systemClock,
    newId: systemNewId,
    checkOutput: environment === "development" || environment === "test",
    report: (message) => log(logLine(worker.name, { level: "error", message, fields: {} })),
    policy: policyFor(host, options),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    maxCalls: options.maxCalls ?? DEFAULT_MAX_CALLS,
    events: true,
    asksSessions: true,
    stateSecret: options.stateSecret ?? env["FLOTILLA_STATE_SECRET"],
    record: (line) => {
      if (atLeast(line.level, least)) log(logLine(worker.name, line));
    },
  });
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void answerOnNode(core, request, response),
  );
  await bind(server, port, host);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    core.drain();
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await core.stop(options.graceMs ?? graceOf(env["FLOTILLA_GRACE_MS"]));
    server.closeIdleConnections();
    // Answers are on their way by now; a connection that is still open has nobody to wait for.
    setTimeout(() => server.closeAllConnections(), LINGER_MS).unref();
    await ended;
  };
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/mcp`,
    close: () => (closed ??= close()),
  };
}

/** Serves until SIGTERM or SIGINT, then drains. A second signal ends the process at once, so that a person can insist. */
export async function serveHttpOnNode(worker: Worker, options: ServeHttpOptions): Promise<void> {
  const server = await listen(worker, options);
  process.stderr.write(`${worker.name} listens on ${server.url}\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  await server.close();
}

async function bind(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(isTaken ? taken(port, error) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

function logLine(worker: string, { level, message, fields }: LogLine): string {
  const time = new Date().toISOString();
  return JSON.stringify({ ...fields, time, level, worker, message });
}

function portOf(given: string | undefined): number {
  if (given === undefined || given === "") return DEFAULT_PORT;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new FlotillaError("config_invalid", `PORT is "${given}", which is no port.`);
}

function graceOf(given: string | undefined): number {
  const grace = Number(given);
  return Number.isFinite(grace) && grace > 0 ? grace : DEFAULT_GRACE_MS;
}

function taken(port: number, cause: Error): FlotillaError {
  return new FlotillaError("port_in_use", `Port ${port} is taken.`, {
    hint: "Set PORT to another one.",
    cause,
  });
}
