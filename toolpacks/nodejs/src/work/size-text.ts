/** Bytes in words; small enough that tools' texts may import it without the work behind them. */
export function sizeText(bytes: number): string {
  const size = Math.abs(bytes);
  if (size < 1_024) return `${Math.round(bytes)} B`;
  return size < 1_048_576
    ? `${(bytes / 1_024).toFixed(1)} kB`
    : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
