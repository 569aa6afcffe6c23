/** Where the logs and metrics of `flotilla up` go: to the terminal, to `/metrics`, and into the fleet's own log. */
import type { Coordinator } from "../../coordinator/index.ts";
import { systemClock, type LogEvent } from "../../protocol/index.ts";
import {
  createLogger,
  createMeterRegistry,
  LOG_LEVELS,
  type Logger,
  type LogLevel,
  type LogRecord,
  type MeterRegistry,
} from "../../telemetry/index.ts";
import type { Paint } from "../ui/paint.ts";

export interface FleetTelemetry {
  log: Logger;
  meter: MeterRegistry;
  /** From now on, lines also go into the event log. */
  recordTo(logs: Coordinator["logs"]): void;
}

export interface FleetTelemetryOptions {
  /** Least level that is printed; the event log gets `info` and above. */
  logLevel: LogLevel;
  print(line: string): void;
  paint: Paint;
}

export function createFleetTelemetry(options: FleetTelemetryOptions): FleetTelemetry {
  let logs: Coordinator["logs"] | undefined;
  const isPrinted = (level: LogLevel): boolean =>
    LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(options.logLevel);
  const log = createLogger({
    level: options.logLevel === "debug" ? "debug" : "info",
    now: () => systemClock.now(),
    sink: (record) => {
      if (isPrinted(record.level)) options.print(formatLine(record, options.paint));
      if (record.level !== "debug") logs?.recordLog(eventOf(record));
    },
  });
  return {
    log,
    meter: createMeterRegistry(),
    recordTo: (target) => {
      logs = target;
    },
  };
}

function eventOf({ level, message, fields }: LogRecord): LogEvent {
  const { source, worker, drone, ...rest } = fields;
  const event: LogEvent = { level, source: textOf(source) ?? "flotilla", message };
  const [workerName, droneId] = [textOf(worker), textOf(drone)];
  if (workerName !== undefined) event.worker = workerName;
  if (droneId !== undefined) event.drone = droneId;
  if (Object.keys(rest).length > 0) event.fields = rest;
  return event;
}

/** "12:03:04 warn  drone ended  worker=database reason=…" */
function formatLine({ atMs, level, message, fields }: LogRecord, paint: Paint): string {
  const time = new Date(atMs).toTimeString().slice(0, 8);
  const facts = Object.entries(fields)
    .map(([name, value]) => `${name}=${textOf(value) ?? JSON.stringify(value)}`)
    .join(" ");
  const colour = level === "error" ? paint.bad : level === "warn" ? paint.busy : paint.dim;
  return `${paint.dim(time)} ${colour(level.padEnd(5))} ${message}${facts === "" ? "" : `  ${paint.dim(facts)}`}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
