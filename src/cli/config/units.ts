/** Durations and sizes as people write them. The schema has checked their form before they come here. */

const MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** "1.5s" → 1500; undefined when it is no duration. */
export function parseDurationMs(text: string): number | undefined {
  return scaled(text, /^(\d+(?:\.\d+)?)(ms|s|m|h)$/, MS);
}

/** "16MB" → 16777216 (powers of 1024); undefined when it is no size. */
export function parseBytes(text: string): number | undefined {
  return scaled(text, /^(\d+(?:\.\d+)?)(B|KB|MB|GB)$/, BYTES);
}

function scaled(text: string, form: RegExp, units: Record<string, number>): number | undefined {
  const match = form.exec(text);
  const factor = match?.[2] === undefined ? undefined : units[match[2]];
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const value = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}
