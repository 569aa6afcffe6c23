export { silentLogger, silentTelemetry } from "./contract.ts";
export type { Fields, Labels, Logger, Meter, Telemetry } from "./contract.ts";
export { createLogger, formatJson, LOG_LEVELS } from "./logger.ts";
export type { LoggerOptions, LogLevel, LogRecord } from "./logger.ts";
export { createMeterRegistry } from "./registry.ts";
export type { MeterRegistry } from "./registry.ts";
