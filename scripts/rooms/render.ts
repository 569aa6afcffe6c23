/** Turns the table into what other tools read: lint overrides and the table of ARCHITECTURE.md. */
import { because, doorsInto, type Room, type RoomsTable } from "./table.ts";

interface LintOverride {
  files: string[];
  excludeFiles?: string[];
  rules: Record<string, unknown>;
}

interface Pattern {
  regex: string;
  message: string;
}

/**
 * The linter sees the text of an import and not where it leads, so these rules catch the common case while typing;
 * the house test, which resolves every import, is the judge. The later override wins: suffixed files come second.
 */
export function lintFile(table: RoomsTable): { overrides: LintOverride[] } {
  const overrides: LintOverride[] = [];
  for (const room of table.rooms) {
    const shared = roomPatterns(table, room);
    const neutral = room.runtime === "neutral" ? [...shared, ...platformPatterns(room)] : shared;
    const files = [`${room.path}/**`];
    overrides.push(override({ files, excludeFiles: table.testFiles }, neutral));
    if (room.runtime !== "neutral") continue;
    const suffixed = Object.keys(table.suffixes).map((end) => `${room.path}/**/*${end}`);
    overrides.push(override({ files: suffixed, excludeFiles: table.testFiles }, shared));
  }
  return { overrides };
}

function override(
  which: Pick<LintOverride, "files" | "excludeFiles">,
  patterns: Pattern[],
): LintOverride {
  return { ...which, rules: { "no-restricted-imports": ["error", { patterns }] } };
}

function roomPatterns(table: RoomsTable, room: Room): Pattern[] {
  const forbidden = table.rooms.filter((to) => to !== room && room.imports[to.name] === undefined);
  const byReason = new Map<string, Room[]>();
  for (const to of forbidden) {
    const reason = because(table, room, to);
    byReason.set(reason, [...(byReason.get(reason) ?? []), to]);
  }
  return [...byReason].map(([reason, rooms]) => ({
    regex: `^(?:\\.\\./)+(?:src/)?(?:${rooms.map(({ path }) => path.split("/").at(-1)).join("|")})/`,
    message: `${room.name}: ${reason}`,
  }));
}

function platformPatterns(room: Room): Pattern[] {
  return [
    {
      regex: "^(?:node|cloudflare):",
      message: `${room.name} is neutral: name the file *.node.ts or *.workerd.ts, or have the platform handed in`,
    },
  ];
}

/** Rows are rooms, columns what they may import; a cell names the doors when they are not the usual ones. */
export function markdownTable(table: RoomsTable): string {
  const names = table.rooms.map(({ name }) => name);
  const imported = table.rooms.filter((to) =>
    table.rooms.some((from) => from.imports[to.name] !== undefined),
  );
  const rows = table.rooms.map((room) => [
    `**${room.name}**`,
    ...imported.map((to) => cell(table, room, to)),
    room.packages === "own" ? "its own" : room.packages.join(", "),
    room.runtime === "any" ? "by its entry" : room.runtime,
  ]);
  const head = ["from ↓ may import →", ...imported.map(({ name }) => name), "packages", "runtime"];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const never = table.never
    .filter(({ from, to }) => names.includes(from) && names.includes(to))
    .map(({ from, to, because: why }) => `- **${from}** never imports **${to}**: ${why}.`);
  return [...lines, "", ...never].join("\n");
}

function cell(table: RoomsTable, room: Room, to: Room): string {
  if (room === to) return "self";
  const allowed = room.imports[to.name];
  if (allowed === undefined) return "";
  if (allowed === "public") return `\`flotilla/${to.name}\``;
  if (allowed === "doors") return room.composes === true ? "✓ and drivers" : "✓";
  return doorsInto(table, room, to)
    .map((door) => `\`${door}\``)
    .join(", ");
}
