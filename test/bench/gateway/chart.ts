/** One scene as bars, legible on light and on dark pages. */
import { middle, type Row } from "./report.ts";

const BAR = { height: 20, gap: 9, left: 290, width: 440 } as const;
const TOP = 60;
const LEAST_US = 10;

/**
 * CPU time of a call, the figure that other work on the machine moves least, on a logarithmic axis: the cheapest and the
 * dearest are orders apart.
 */
export function chart(rows: readonly Row[], scene: string): string {
  const bars = rows
    .filter((row) => row.scene === scene)
    .map(({ system, kind, cells }) => ({ system, kind, us: middle(cells, "cpuUs") }))
    .toSorted((one, other) => rank(one.us) - rank(other.us));
  const known = bars.map(({ us }) => us).filter((us) => !Number.isNaN(us));
  const decades = Math.ceil(Math.log10(Math.max(LEAST_US * 10, ...known) / LEAST_US));
  const x = (us: number): number =>
    BAR.left + (Math.log10(Math.max(us, LEAST_US) / LEAST_US) / decades) * BAR.width;
  const height = TOP + bars.length * (BAR.height + BAR.gap) + 12;
  const grid = Array.from({ length: decades + 1 }, (_, decade) => {
    const at = x(LEAST_US * 10 ** decade).toFixed(1);
    const label = (LEAST_US * 10 ** decade).toLocaleString("en-US");
    return `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${height - 8}"/><text class="quiet" x="${at}" y="${TOP - 12}" text-anchor="middle">${label}</text>`;
  });
  const drawn = bars.map(({ system, kind, us }, index) => {
    const y = TOP + index * (BAR.height + BAR.gap);
    const end = Number.isNaN(us) ? BAR.left : x(us);
    const label = Number.isNaN(us) ? "no figure in this run" : us.toFixed(us < 100 ? 1 : 0);
    return `<text x="${BAR.left - 10}" y="${y + 15}" text-anchor="end">${system}</text><rect class="${kind}" x="${BAR.left}" y="${y}" width="${(end - BAR.left).toFixed(1)}" height="${BAR.height}" rx="3"/><text x="${(end + 6).toFixed(1)}" y="${y + 15}">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 ${height}" font-family="system-ui, sans-serif" font-size="13" role="img"><title>CPU µs per call: ${scene}</title>
<style>${STYLE}</style>
<rect class="page" width="820" height="${height}" rx="6"/><text x="16" y="24" font-weight="600">CPU µs per call (less is better, logarithmic): ${scene}</text>
${[...grid, ...drawn].join("\n")}
</svg>
`;
}

/** What has no figure comes last. */
const rank = (us: number): number => (Number.isNaN(us) ? Number.POSITIVE_INFINITY : us);

const STYLE = `text{fill:#1f2328}.quiet{fill:#59636e;font-size:11px}line{stroke:#d1d9e0}.page{fill:#fff}.own{fill:#0969da}.reference{fill:#818b98}.rival{fill:#bc4c00}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}line{stroke:#3d444d}.page{fill:#0d1117}.own{fill:#4493f8}.reference{fill:#9198a1}.rival{fill:#db6d28}}`;
