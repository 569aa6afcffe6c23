/** The table: written to `docs/conformance.md`, and printed. */
import type { Judged } from "./expected.ts";
import { isRed } from "./expected.ts";

interface Row {
  worker: string;
  endpoint: string;
  cells: Map<string, Judged[]>;
}

const WORKER_WORDS: Readonly<Record<string, string>> = {
  "modern-http": "modern, HTTP",
  "legacy-http": "legacy, HTTP",
  "modern-stdio": "modern, stdio",
  "legacy-stdio": "legacy, stdio",
};
const ENDPOINT_WORDS: Readonly<Record<string, string>> = {
  direct: "none (the fixture itself)",
  aggregate: "`/mcp`",
  worker: "`/mcp/<worker>`",
};

function rowsOf(results: readonly Judged[]): Row[] {
  const rows = new Map<string, Row>();
  for (const one of results) {
    const worker = WORKER_WORDS[one.worker] ?? one.worker;
    const endpoint = ENDPOINT_WORDS[one.endpoint] ?? one.endpoint;
    const key = `${worker} ${endpoint}`;
    const row = rows.get(key) ?? { worker, endpoint, cells: new Map<string, Judged[]>() };
    rows.set(key, row);
    row.cells.set(one.edition, [...(row.cells.get(one.edition) ?? []), one]);
  }
  return [...rows.values()];
}

const good = ({ outcome }: Judged): boolean => outcome === "passed";

/** `30/30`, and in brackets what is run without being scored. */
function figure(cell: Judged[] | undefined): string {
  if (cell === undefined) return "–";
  const scored = cell.filter((one) => one.scored);
  const extra = cell.filter((one) => !one.scored);
  const main = `${scored.filter(good).length}/${scored.length}`;
  const more = extra.length === 0 ? "" : ` (+${extra.filter(good).length}/${extra.length})`;
  return `${main}${more}`;
}

export function table(results: readonly Judged[]): string {
  const editions = [...new Set(results.map(({ edition }) => edition))];
  const body = rowsOf(results).map(({ worker, endpoint, cells }) => [
    worker,
    endpoint,
    ...editions.map((edition) => figure(cells.get(edition))),
  ]);
  return aligned([["worker", "endpoint", ...editions], ...body]);
}

/** As the formatter of the repository would have it. */
function aligned([header = [], ...body]: string[][]): string {
  const widths = header.map((_cell, at) =>
    Math.max(3, ...[header, ...body].map((row) => row[at]?.length ?? 0)),
  );
  const lines = [header, widths.map((width) => "-".repeat(width)), ...body].map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`,
  );
  return lines.join("\n");
}

/** Known failures, one line a reason, with how many cells each scenario fails in. */
function known(results: readonly Judged[]): string {
  const byReason = new Map<string, Map<string, number>>();
  for (const { verdict, reason, name } of results) {
    if (verdict !== "expected" || reason === undefined) continue;
    const names = byReason.get(reason) ?? new Map<string, number>();
    names.set(name, (names.get(name) ?? 0) + 1);
    byReason.set(reason, names);
  }
  if (byReason.size === 0) return "None.";
  return [...byReason]
    .map(([reason, names]) => {
      const list = [...names].map(([name, count]) => `\`${name}\` (${count})`).join(", ");
      return `- ${reason.trim()}\n  ${list}`;
    })
    .join("\n");
}

function warned(results: readonly Judged[]): string {
  const seen = new Map<string, number>();
  for (const { warnings, endpoint } of results) {
    if (endpoint === "direct") continue;
    for (const warning of warnings) seen.set(warning, (seen.get(warning) ?? 0) + 1);
  }
  if (seen.size === 0) return "None.";
  return [...seen].map(([words, count]) => `- ${words} (${count})`).join("\n");
}

export function red(results: readonly Judged[]): string[] {
  return results.filter(isRed).map((one) => {
    const where = `${one.worker} / ${one.endpoint} / ${one.edition} / ${one.name}`;
    if (one.verdict === "unexpected-pass") return `${where}: passes, but is listed as failing`;
    if (one.verdict === "skipped") return `${where}: skipped by the suite`;
    return `${where}: ${one.failures.join(" | ")}`;
  });
}

export function page(server: readonly Judged[], client: readonly Judged[]): string {
  return `# Conformance

Written by \`npm run conformance\`; do not edit. The official suite (\`@modelcontextprotocol/conformance\`, lines
0.2.0-alpha.12 and 0.1.16) is pointed at a real \`flotilla up\` whose worker is a fixture of our own
(\`test/conformance/fixture\`). The fixture exposes everything the suite calls in two styles: modern (2026-07-28: stateless, asks
in rounds) and legacy (sessions, asks by pushed requests), each over HTTP and stdio. So each client era meets each worker era.

## Servers: through the gateway

Scenarios passed of those scored; in brackets those that the suite runs without scoring them. The rows without an endpoint are the
fixture alone, which shows what the suite can pass.

${table(server)}

## Clients: the gateway's upstream leg

Here the suite is the worker, and a driver calls it through the gateway. The scenarios under \`auth/\` are not run: they judge an OAuth
client, and the gateway's upstream leg sends the credentials that its configuration names instead.

${table(client)}

## Known failures

${known([...server, ...client])}

## Warnings

What the specification recommends and a cell does not do, with the number of cells.

${warned([...server, ...client])}
`;
}
