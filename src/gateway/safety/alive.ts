/**
 * Lets other gateways tell whether one that holds something still lives: a record that expires unless it is renewed.
 * It costs nothing while nothing is held.
 */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import { keys } from "../../protocol/records.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";

export interface Alive {
  /** Resolves when others can see that this gateway lives; they can until the returned function was called. */
  hold(): Promise<() => void>;
  /** False when a gateway that held something is gone. */
  isAlive(gateway: string): Promise<boolean>;
  /** From here on this gateway counts as gone. Idempotent. */
  close(): Promise<void>;
}

export interface AliveOptions {
  records: Pick<RecordStore, "get" | "put" | "delete">;
  clock: Clock;
  telemetry: Telemetry;
  gatewayId: string;
}

export const BEAT_MS = 5_000;
/** Two beats may be late before a gateway is believed dead. */
export const ALIVE_MS = 15_000;

export function createAlive({ records, clock, telemetry, gatewayId }: AliveOptions): Alive {
  const key = keys.alive(gatewayId);
  let holds = 0;
  let isClosed = false;
  let timer: Timer | undefined;
  /** Until when the record was promised to stand; monotonic. */
  let freshUntilMs = -Infinity;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    const startMs = clock.monotonicMs();
    await records.put(key, { gateway: gatewayId }, { expiresAtMs: clock.now() + ALIVE_MS });
    freshUntilMs = startMs + BEAT_MS;
  }

  const writeOnce = (): Promise<void> => (writing ??= write().finally(() => (writing = undefined)));

  function beat(): void {
    timer = undefined;
    if (holds === 0 || isClosed) return;
    writeOnce().catch((error: unknown) => {
      telemetry.log.warn("telling that this gateway lives failed", { reason: messageOf(error) });
    });
    timer = clock.after(BEAT_MS, beat);
  }

  return {
    async hold() {
      holds += 1;
      let isHeld = true;
      const release = (): void => {
        if (isHeld) holds -= 1;
        isHeld = false;
      };
      try {
        if (clock.monotonicMs() >= freshUntilMs) await writeOnce();
      } catch (error) {
        release();
        throw error;
      }
      timer ??= clock.after(BEAT_MS, beat);
      return release;
    },
    async isAlive(gateway) {
      if (gateway === gatewayId) return !isClosed;
      return (await records.get(keys.alive(gateway))) !== undefined;
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      if (freshUntilMs === -Infinity) return;
      await writing?.catch(() => {});
      await records.delete(key).catch(() => {});
    },
  };
}
