/** What `flotilla` alone prints: enough to begin with, short enough to be read. */
import type { Host } from "../host.ts";
import { padEnd } from "./text.ts";

const STEPS: readonly [string, string][] = [
  ["flotilla up", "start the fleet: tools, endpoint and dashboard"],
  ["flotilla tools", "see what it can do"],
  ["flotilla call TOOL --help", "see what a tool takes, then call it"],
  ["flotilla import", "take over the servers of the MCP clients you use"],
  ["flotilla connect cursor", "give a client the whole fleet as one server"],
];

export function startPage({ ui, version }: Host): string[] {
  const { paint } = ui;
  return [
    "",
    `  ${paint.bold("Flotilla")} ${paint.dim(version)}  runs MCP servers as a fleet, behind one endpoint.`,
    "",
    ...STEPS.map(([command, what]) => `  ${padEnd(paint.name(command), 27)}${what}`),
    "",
    `  ${paint.dim("Every verb: flotilla --help")}`,
    "",
  ];
}
