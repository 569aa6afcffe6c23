/** How containers end: asked first, by force after the grace, and then removed. */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { LABEL } from "./container.ts";
import type { Engine } from "./engine.node.ts";

interface EndingOptions {
  engine: Engine;
  clock: Clock;
}

export function createEndings({ engine, clock }: EndingOptions) {
  const timers = new Map<string, Timer>();
  /** Whether it was still there to be told is seen by the next look. */
  const kill = (handle: string, signal: string): Promise<void> =>
    engine.call({ method: "POST", path: `/containers/${handle}/kill`, query: { signal } }).then(
      () => undefined,
      () => undefined,
    );
  return {
    /** Asks now and kills after `graceMs`, once however often it is called; `onKilled` is told when it was killed. */
    begin(handle: string, graceMs: number, onKilled: () => void): void {
      if (timers.has(handle)) return;
      void kill(handle, "SIGTERM");
      const timer = clock.after(graceMs, () => {
        void kill(handle, "SIGKILL").then(onKilled);
      });
      timers.set(handle, timer);
    },
    /** By force, with its anonymous volumes. Idempotent. */
    async remove(handle: string): Promise<void> {
      timers.get(handle)?.cancel();
      timers.delete(handle);
      const query = { force: "1", v: "1" };
      const { status } = await engine.call({
        method: "DELETE",
        path: `/containers/${handle}`,
        query,
      });
      // 409: somebody else removes it already.
      if (status >= 500)
        await engine.must({ method: "DELETE", path: `/containers/${handle}`, query });
    },
    /** Every container of the fleet, running or not. */
    async known(fleet: string): Promise<string[]> {
      const filters = JSON.stringify({ label: [`${LABEL.fleet}=${fleet}`] });
      const body = await engine.must({ path: "/containers/json", query: { all: "1", filters } });
      if (!Array.isArray(body)) return [];
      return body.flatMap((one: { Id?: unknown }) => (typeof one.Id === "string" ? [one.Id] : []));
    },
    close(): void {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}
