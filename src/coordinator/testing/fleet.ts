/** Small wanted fleets for tests. */
import {
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  type LimitSpec,
  type ScaleSpec,
  type WorkerSpec,
} from "../../protocol/fleet.ts";

export function workerSpec(
  name: string,
  change: Partial<Omit<WorkerSpec, "scale" | "limits">> & {
    scale?: Partial<ScaleSpec>;
    limits?: Partial<LimitSpec>;
  } = {},
): WorkerSpec {
  return {
    name,
    revision: "r1",
    run: { kind: "command", command: name, args: ["--secret-argument"], env: { TOKEN: "hush" } },
    origin: "config",
    naming: "prefixed",
    summary: `run ${name}`,
    ...change,
    scale: { ...DEFAULT_SCALE, ...change.scale },
    limits: { ...DEFAULT_LIMITS, ...change.limits },
  };
}
