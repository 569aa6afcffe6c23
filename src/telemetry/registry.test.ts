import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMeterRegistry } from "./registry.ts";

describe("meter registry", () => {
  it("exposes counters, gauges and histograms as Prometheus text", () => {
    const meter = createMeterRegistry();
    meter.count("calls_total", 2, { worker: 'a"b' });
    meter.count("calls_total", 1, { worker: 'a"b' });
    meter.gauge("drones", 3);
    meter.observe("call_ms", 0.4);
    meter.observe("call_ms", 70_000);
    const text = meter.exposition();
    expect(text).toContain('flotilla_calls_total{worker="a\\"b"} 3\n');
    expect(text).toContain("# TYPE flotilla_drones gauge\nflotilla_drones 3\n");
    expect(text).toContain('flotilla_call_ms_bucket{le="0.25"} 0\n');
    expect(text).toContain('flotilla_call_ms_bucket{le="0.5"} 1\n');
    expect(text).toContain('flotilla_call_ms_bucket{le="60000"} 1\n');
    expect(text).toContain('flotilla_call_ms_bucket{le="+Inf"} 2\n');
    expect(text).toContain("flotilla_call_ms_count 2\n");
  });

  it("keeps memory bounded when labels vary without end", () => {
    const meter = createMeterRegistry();
    for (let i = 0; i < 5_000; i += 1) meter.count("calls_total", 1, { tool: `t${i}` });
    const lines = meter
      .exposition()
      .split("\n")
      .filter((line) => line.startsWith("flotilla_calls"));
    expect(lines).toHaveLength(2_001);
    expect(lines).toContain('flotilla_calls_total{overflow="true"} 3000');
  });

  it("counts every observation in exactly one bucket", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (values) => {
        const meter = createMeterRegistry();
        for (const value of values) meter.observe("x_ms", value);
        const last = /le="\+Inf"\} (\d+)/.exec(meter.exposition());
        expect(Number(last?.[1] ?? 0)).toBe(values.length);
      }),
    );
  });
});
