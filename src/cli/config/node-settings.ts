/** This machine as a node of a fleet. Machines share a configuration file, so what tells them apart is not in it. */
import { createHash } from "node:crypto";
import { FlotillaError } from "../../protocol/index.ts";

export interface NodeSettings {
  /** Unlike every other node's. */
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Drones it takes at a time. */
  maxDrones?: number;
  /** `host:port` of the door for other nodes; port 0 picks a free one. */
  listen: string;
  /** Where others find that door. Absent: as it listens. */
  address?: string;
}

export const NODE_ENVIRONMENT: readonly { name: string; meaning: string }[] = [
  { name: "FLOTILLA_STORE", meaning: "Redis that the machines of a fleet share (as --store)" },
  { name: "FLOTILLA_FLEET_KEY", meaning: "secret that the machines of a fleet share" },
  { name: "FLOTILLA_FLEET_KEY_FILE", meaning: "file that holds it" },
  { name: "FLOTILLA_NODE", meaning: "this machine's name in the fleet" },
  { name: "FLOTILLA_NODE_LABELS", meaning: "its labels: region=eu,zone=a" },
  { name: "FLOTILLA_NODE_MAX_DRONES", meaning: "drones it takes at a time" },
  { name: "FLOTILLA_NODE_LISTEN", meaning: "host:port where other machines reach it" },
  { name: "FLOTILLA_NODE_ADDRESS", meaning: "host:port that they are told, if it differs" },
];

const DEFAULT_LISTEN = "127.0.0.1:0";
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/i;
const MAX_LABELS = 50;
const LABEL_NAME = "[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,62})";
export const LABEL_PATTERN = `^${LABEL_NAME}$`;
const LABEL = new RegExp(`^(${LABEL_NAME})=([^\\s,=]{1,100})$`);

export function nodeSettings(
  env: Readonly<Record<string, string | undefined>>,
  machine: { hostname: string; stateDir: string },
): NodeSettings {
  const name = env["FLOTILLA_NODE"] || defaultName(machine);
  if (!NAME.test(name))
    throw wrong("FLOTILLA_NODE", "letters, digits, dots and dashes, at most 64");
  const maxDrones = env["FLOTILLA_NODE_MAX_DRONES"] || undefined;
  if (maxDrones !== undefined && !/^[1-9]\d{0,5}$/.test(maxDrones)) {
    throw wrong("FLOTILLA_NODE_MAX_DRONES", "a number from 1 to 999999");
  }
  const address = env["FLOTILLA_NODE_ADDRESS"] || undefined;
  return {
    name,
    labels: labelsOf(env["FLOTILLA_NODE_LABELS"] ?? ""),
    ...(maxDrones === undefined ? {} : { maxDrones: Number(maxDrones) }),
    listen: env["FLOTILLA_NODE_LISTEN"] || DEFAULT_LISTEN,
    ...(address === undefined ? {} : { address }),
  };
}

/** The same after a restart, and another one for a second Flotilla on this machine. */
function defaultName({ hostname, stateDir }: { hostname: string; stateDir: string }): string {
  const host = hostname.replaceAll(/[^a-z0-9-]+/gi, "-").replaceAll(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(stateDir).digest("hex").slice(0, 6);
  return `${host.slice(0, 50) || "node"}-${hash}`;
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  if (pairs.length > MAX_LABELS)
    throw wrong("FLOTILLA_NODE_LABELS", `at most ${MAX_LABELS} labels`);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key = "", value = ""] = LABEL.exec(pair.trim()) ?? [];
      if (key === "") throw wrong("FLOTILLA_NODE_LABELS", "name=value pairs with commas between");
      return [key, value];
    }),
  );
}

function wrong(variable: string, expected: string): FlotillaError {
  return new FlotillaError("config_invalid", `${variable} is not as it should be.`, {
    hint: `Expected ${expected}.`,
  });
}
