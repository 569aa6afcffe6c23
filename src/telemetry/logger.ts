/** A logger that turns each line into one record for a sink; the composition root decides where records go. */
import type { Fields, Logger } from "./contract.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogRecord {
  atMs: number;
  level: LogLevel;
  message: string;
  fields: Fields;
}

export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export interface LoggerOptions {
  /** Records below this level are dropped before anything is built. */
  level: LogLevel;
  now(): number;
  /** Must not throw and must not block. */
  sink(record: LogRecord): void;
}

export function createLogger(options: LoggerOptions, fields: Fields = {}): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const at = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return () => {};
    return (message: string, extra?: Fields): void => {
      const all = extra === undefined ? fields : { ...fields, ...extra };
      options.sink({ atMs: options.now(), level, message, fields: all });
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (more) => createLogger(options, { ...fields, ...more }),
  };
}

/** One JSON object a line: `{"time","level","message",…fields}`. Fields JSON cannot hold are told by name. */
export function formatJson(record: LogRecord): string {
  const { atMs, level, message, fields } = record;
  const line = { time: new Date(atMs).toISOString(), level, message, ...fields };
  try {
    return JSON.stringify(line);
  } catch {
    return JSON.stringify({ time: line.time, level, message, fields: Object.keys(fields) });
  }
}
