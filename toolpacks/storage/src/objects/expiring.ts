/** A credential that ends: kept until shortly before, fetched once however many ask. */
export interface Expiring<T> {
  get(): Promise<T>;
}

/** Renewed so long before the end, or a tenth of its life for what lives shortly. */
const MARGIN_MS = 300_000;

export function createExpiring<T>(
  load: () => Promise<{ value: T; expiresAtMs: number }>,
  now: () => number,
): Expiring<T> {
  let kept: { value: T; renewAtMs: number } | undefined;
  let running: Promise<T> | undefined;
  const renew = async (): Promise<T> => {
    const { value, expiresAtMs } = await load();
    const lifeMs = Math.max(0, expiresAtMs - now());
    kept = { value, renewAtMs: expiresAtMs - Math.min(MARGIN_MS, lifeMs / 10) };
    return value;
  };
  return {
    get() {
      if (kept !== undefined && now() < kept.renewAtMs) return Promise.resolve(kept.value);
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
