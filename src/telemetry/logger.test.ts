import { describe, expect, it } from "vitest";
import { createLogger, formatJson, type LogRecord } from "./logger.ts";

describe("logger", () => {
  it("drops what is below its level and adds bound fields", () => {
    const seen: LogRecord[] = [];
    const log = createLogger({ level: "info", now: () => 5, sink: (record) => seen.push(record) });
    log.debug("not seen");
    log.with({ worker: "a" }).warn("slow answer", { ms: 7 });
    expect(seen).toEqual([
      { atMs: 5, level: "warn", message: "slow answer", fields: { worker: "a", ms: 7 } },
    ]);
  });

  it("writes one JSON line, also for values JSON cannot hold", () => {
    const record = { atMs: 0, level: "info" as const, message: "m" };
    expect(formatJson({ ...record, fields: { n: 1 } })).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"m","n":1}',
    );
    expect(formatJson({ ...record, fields: { big: 1n } })).not.toContain("\n");
  });
});
