/** The matrix as people read it. */
import { type Feature, FEATURES } from "./features.ts";
import type { Cell, Verdict } from "./matrix.ts";

const SIGN: Record<Verdict["kind"], string> = { passed: "✓", none: "–", known: "k", failed: "✗" };

const signs = (cell: Cell): string[] =>
  FEATURES.map((feature) => SIGN[cell.verdicts[feature].kind]);

export const row = (cell: Cell): string =>
  `${cell.client.padEnd(26)}${`${cell.worker} ${cell.transport}`.padEnd(26)}${signs(cell).join(" ")}  ${cell.version}`;

export function page(cells: readonly Cell[]): string {
  const lines = [
    "# Interoperability",
    "",
    "Clients and servers that others wrote, through Flotilla, every pair. Written by `npm run test:interop`.",
    "",
    "✓ works · – one side does not have it · k known not to work (see below) · ✗ failed",
    "",
  ];
  for (const worker of new Set(cells.map((cell) => `${cell.worker}, ${cell.transport}`))) {
    lines.push(`## ${worker}`, "", `| client | protocol | ${FEATURES.join(" | ")} |`);
    lines.push(`|---|---|${FEATURES.map(() => ":-:").join("|")}|`);
    for (const cell of cells) {
      if (`${cell.worker}, ${cell.transport}` !== worker) continue;
      lines.push(`| ${cell.client} | ${cell.version || "–"} | ${signs(cell).join(" | ")} |`);
    }
    lines.push("");
  }
  lines.push(...reasons(cells, "none", "What a side does not have"));
  lines.push(...reasons(cells, "known", "Known not to work"));
  lines.push(...reasons(cells, "failed", "Failed"));
  return `${lines.join("\n").trimEnd()}\n`;
}

function reasons(cells: readonly Cell[], kind: Verdict["kind"], title: string): string[] {
  const found = new Map<string, Set<Feature>>();
  for (const cell of cells) {
    for (const feature of FEATURES) {
      const verdict = cell.verdicts[feature];
      if (verdict.kind !== kind || !("why" in verdict)) continue;
      const about =
        kind === "none" ? verdict.why : `${cell.client}, ${cell.worker}: ${verdict.why}`;
      found.set(about, (found.get(about) ?? new Set()).add(feature));
    }
  }
  if (found.size === 0) return [];
  const rows = [...found].map(([why, features]) => `- ${[...features].join(", ")}: ${why}.`);
  return [`## ${title}`, "", ...rows, ""];
}
