/** Medians, a Markdown table and a chart of what was measured. */
import type { Cell } from "./load.ts";

export interface Row {
  scene: string;
  system: string;
  cells: Cell[];
  /** Of nginx in the same rounds; empty where it did not run. */
  nginx: Cell[];
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const by = (cells: readonly Cell[], key: keyof Cell): number => median(cells.map((c) => c[key]));

/** Ratios are formed round by round, so that a slow minute of the machine falls on both. */
export function ratios({ cells, nginx }: Row): { rate: number; cpu: number } {
  const pairs = cells.flatMap((cell, round) =>
    nginx[round] ? [[cell, nginx[round]] as const] : [],
  );
  return {
    rate: median(pairs.map(([cell, base]) => cell.perSecond / base.perSecond)),
    cpu: median(pairs.map(([cell, base]) => base.cpuUs / cell.cpuUs)),
  };
}

const shown = (value: number, digits = 2): string =>
  Number.isNaN(value) ? "–" : value.toFixed(digits);

export function markdown(rows: readonly Row[], about: string): string {
  const scenes = [...new Set(rows.map(({ scene }) => scene))];
  const tables = scenes.map((scene) => {
    const lines = rows
      .filter((row) => row.scene === scene)
      .map((row) => {
        const { rate, cpu } = ratios(row);
        const { cells } = row;
        return `| ${row.system} | ${shown(by(cells, "perSecond"), 0)} | ${shown(rate)} | ${shown(by(cells, "cpuUs"), 1)} | ${shown(cpu)} | ${shown(by(cells, "p50Ms"))} | ${shown(by(cells, "p99Ms"))} | ${shown(by(cells, "p999Ms"))} | ${shown(by(cells, "rssMb"), 0)} | ${cells.reduce((sum, c) => sum + c.errors, 0)} |`;
      });
    return `## ${scene}\n\n| system | calls/s | of nginx | CPU µs/call | nginx's CPU / own | p50 ms | p99 ms | p99.9 ms | RSS MB | errors |\n|---|---|---|---|---|---|---|---|---|---|\n${lines.join("\n")}\n`;
  });
  return `${about}\n${tables.join("\n")}`;
}

const BAR = { height: 22, gap: 8, left: 220, width: 420 } as const;

/** CPU per call of one scene: the figure that other work on the machine disturbs least. */
export function chart(rows: readonly Row[], scene: string): string {
  const bars = rows
    .filter((row) => row.scene === scene)
    .map(({ system, cells }) => ({ system, us: by(cells, "cpuUs") }));
  const most = Math.max(...bars.map(({ us }) => us));
  const height = 48 + bars.length * (BAR.height + BAR.gap);
  const drawn = bars.map(({ system, us }, index) => {
    const y = 40 + index * (BAR.height + BAR.gap);
    const colour = system.startsWith("Flotilla") ? "#2563eb" : "#94a3b8";
    return `<text x="${BAR.left - 8}" y="${y + 15}" text-anchor="end">${system}</text><rect x="${BAR.left}" y="${y}" width="${((us / most) * BAR.width).toFixed(1)}" height="${BAR.height}" rx="3" fill="${colour}"/><text x="${(BAR.left + (us / most) * BAR.width + 6).toFixed(1)}" y="${y + 15}">${us.toFixed(1)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${height}" font-family="system-ui, sans-serif" font-size="13" role="img"><title>CPU µs per call: ${scene}</title><rect width="720" height="${height}" fill="#fff"/><text x="16" y="24" font-weight="600">CPU µs per call (less is better): ${scene}</text>${drawn.join("")}</svg>\n`;
}
