/** The reserved `_meta` keys of MCP 2026-07-28 (basic/index, `_meta`). */

const PREFIX = "io.modelcontextprotocol/";

export const META = {
  /** Request, required: the version this request speaks. */
  protocolVersion: `${PREFIX}protocolVersion`,
  /** Request, required: what the client can do for this request. */
  clientCapabilities: `${PREFIX}clientCapabilities`,
  /** Request: name and version, for display only. */
  clientInfo: `${PREFIX}clientInfo`,
  /** Request: wants log notifications of at least this level. */
  logLevel: `${PREFIX}logLevel`,
  /** Result: name and version, for display only. */
  serverInfo: `${PREFIX}serverInfo`,
  /** Everything on a listen stream: the JSON-RPC id of the listen request. */
  subscriptionId: `${PREFIX}subscriptionId`,
  /** Request: wants progress under this token. Both eras. */
  progressToken: "progressToken",
  traceparent: "traceparent",
  tracestate: "tracestate",
  baggage: "baggage",
} as const;

/** What describes the hop rather than the call; every hop takes it off and puts its own on. */
export const HOP_META: ReadonlySet<string> = new Set([
  META.protocolVersion,
  META.clientCapabilities,
  META.clientInfo,
  META.logLevel,
  META.subscriptionId,
  META.progressToken,
]);

export const TASKS_EXTENSION = `${PREFIX}tasks`;

export const LOG_LEVELS = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return typeof value === "string" && (LOG_LEVELS as readonly string[]).includes(value);
}

/** True when a message of `level` is at least as severe as `wanted`. Unknown levels count as severe: better seen. */
export function atLeast(level: string, wanted: LogLevel): boolean {
  const index = (LOG_LEVELS as readonly string[]).indexOf(level);
  return index < 0 || index >= LOG_LEVELS.indexOf(wanted);
}
