/** Counts and times every call to a launcher, around any driver. Claims never reach a label or a log line whole. */
import type { Clock } from "../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../protocol/errors.ts";
import type { Telemetry } from "../telemetry/index.ts";
import type { Launcher } from "./contract.ts";

export interface InstrumentOptions {
  telemetry: Telemetry;
  clock: Clock;
}

export function instrumentLauncher(launcher: Launcher, options: InstrumentOptions): Launcher {
  const { telemetry, clock } = options;
  const { meter } = telemetry;
  const { name } = launcher;
  const log = telemetry.log.with({ launcher: name });

  /** `facts` go into the log of a failure: ids and names, nothing of the order itself. */
  const measured = async <T>(
    method: string,
    facts: Readonly<Record<string, string>>,
    call: () => Promise<T>,
  ): Promise<T> => {
    const startedMs = clock.monotonicMs();
    const labels = { launcher: name, method };
    try {
      return await call();
    } catch (error) {
      const code = isFlotillaError(error) ? error.code : "internal";
      meter.count("launcher_errors_total", 1, { ...labels, code });
      log.warn("launcher.call.failed", { method, code, reason: messageOf(error), ...facts });
      throw error;
    } finally {
      meter.observe("launcher_call_ms", clock.monotonicMs() - startedMs, labels);
    }
  };

  return {
    name,
    capabilities: launcher.capabilities,
    create: (claim, signal) =>
      measured("create", { worker: claim.worker, claimId: claim.claimId }, () =>
        launcher.create(claim, signal),
      ),
    get: (handle) => measured("get", { handle }, () => launcher.get(handle)),
    async list() {
      const drones = await measured("list", {}, () => launcher.list());
      for (const phase of ["starting", "running", "ended"]) {
        const count = drones.filter((drone) => drone.phase === phase).length;
        meter.gauge("launcher_drones", count, { launcher: name, phase });
      }
      return drones;
    },
    end: (handle, graceMs) => measured("end", { handle }, () => launcher.end(handle, graceMs)),
    connect: (handle) => measured("connect", { handle }, () => launcher.connect(handle)),
    onChange: (listener) => launcher.onChange(listener),
    close: () => measured("close", {}, () => launcher.close()),
  };
}
