/** What is seen. Small interfaces, silent by default; bindings are chosen in a composition root. */

export type Fields = Readonly<Record<string, unknown>>;

/** Messages are constant strings; what varies goes in fields. Fields never hold a secret. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds these fields to every line. */
  with(fields: Fields): Logger;
}

export interface Meter {
  /** Adds to a counter. Labels must be of bounded variety. */
  count(name: string, by?: number, labels?: Labels): void;
  /** Records one observation of a distribution, in the unit the name ends with (`_ms`, `_bytes`). */
  observe(name: string, value: number, labels?: Labels): void;
  /** Sets a value that goes up and down. */
  gauge(name: string, value: number, labels?: Labels): void;
}
export type Labels = Readonly<Record<string, string>>;

export interface Telemetry {
  log: Logger;
  meter: Meter;
}

const nothing = (): void => {};

export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  with: () => silentLogger,
};

export const silentTelemetry: Telemetry = {
  log: silentLogger,
  meter: { count: nothing, observe: nothing, gauge: nothing },
};
