/** Where the fleet listens and what it keeps where. Flags win over the environment, the environment over the file. */
import { createHash } from "node:crypto";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { FlotillaError } from "../../protocol/index.ts";
import type { Grants } from "./grants.ts";
import { NODE_ENVIRONMENT } from "./node-settings.ts";

export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 7420;

/** Every environment variable that Flotilla itself reads; `flotilla --help` and the guide list them from here. */
export const ENVIRONMENT: readonly { name: string; meaning: string }[] = [
  { name: "FLOTILLA_CONFIG", meaning: "configuration file (as --config)" },
  { name: "FLOTILLA_STATE", meaning: "folder for the fleet's state (as --state)" },
  { name: "FLOTILLA_HOST", meaning: "address to listen on" },
  { name: "FLOTILLA_PORT", meaning: "port to listen on (as --port); PORT works too" },
  { name: "FLOTILLA_TOOLPACKS", meaning: "all, none, or names with commas between" },
  { name: "FLOTILLA_WORKSPACE", meaning: "folders that toolpacks may read (as --workspace)" },
  { name: "FLOTILLA_NETWORK", meaning: "1: toolpacks may ask over the network (as --network)" },
  { name: "FLOTILLA_URL", meaning: "the fleet that commands talk to (as --url)" },
  ...NODE_ENVIRONMENT,
  { name: "NO_COLOR", meaning: "no colour, whatever its value" },
];

export interface Settings extends Grants {
  host: string;
  /** 0: pick a free one. */
  port: number;
  /** Absolute. Not created here. */
  stateDir: string;
  /** Of a Redis that several machines share. May hold a password: for connecting, not for showing. */
  store?: string;
}

/** From flags, already checked for their type. */
export interface Overrides {
  host?: string;
  port?: number;
  stateDir?: string;
  store?: string;
  toolpacks?: string;
  workspace?: readonly string[];
  network?: boolean;
}

export interface Machine {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  platform: NodeJS.Platform;
}

/** What the file says, with placeholders already filled in; relative to `folder`. */
export interface FileSettings {
  host?: string | undefined;
  port?: number | undefined;
  state?: string | undefined;
  store?: string | undefined;
  workspace?: readonly string[] | undefined;
  network?: boolean | undefined;
  /** Absolute path of the configuration file itself. */
  file?: string | undefined;
}

export function settingsOf(machine: Machine, file: FileSettings, flags: Overrides = {}): Settings {
  const { env } = machine;
  const host = flags.host ?? nonEmpty(env["FLOTILLA_HOST"]) ?? file.host ?? DEFAULT_HOST;
  const port =
    flags.port ??
    envPort("FLOTILLA_PORT", env["FLOTILLA_PORT"]) ??
    envPort("PORT", env["PORT"]) ??
    file.port ??
    DEFAULT_PORT;
  const store = flags.store ?? nonEmpty(env["FLOTILLA_STORE"]) ?? file.store;
  if (store !== undefined) checkStore(store);
  return {
    host,
    port,
    stateDir: stateOf(machine, file, flags),
    ...(store === undefined ? {} : { store }),
    workspace: workspaceOf(machine, file, flags),
    network: flags.network ?? (env["FLOTILLA_NETWORK"] === "1" || file.network === true),
  };
}

/** Says nothing of what was given: it may hold a password. */
function checkStore(store: string): void {
  const protocol = URL.parse(store)?.protocol;
  if (protocol === "redis:" || protocol === "rediss:") return;
  throw new FlotillaError("config_invalid", "The store is no address of a Redis.", {
    hint: "Write redis://host:port, or rediss://user:password@host:port for TLS.",
  });
}

function stateOf(machine: Machine, file: FileSettings, flags: Overrides): string {
  const asked = flags.stateDir ?? nonEmpty(machine.env["FLOTILLA_STATE"]);
  if (asked !== undefined) return resolve(machine.cwd, asked);
  if (file.state === undefined) return defaultStateDir(machine, file.file);
  return resolve(folderOf(machine, file), file.state);
}

function workspaceOf(machine: Machine, file: FileSettings, flags: Overrides): string[] {
  const asked = flags.workspace ?? nonEmpty(machine.env["FLOTILLA_WORKSPACE"])?.split(delimiter);
  const base = asked === undefined ? folderOf(machine, file) : machine.cwd;
  return (asked ?? file.workspace ?? []).filter(Boolean).map((folder) => resolve(base, folder));
}

function folderOf({ cwd }: Machine, { file }: FileSettings): string {
  return file === undefined ? cwd : dirname(file);
}

/**
 * One folder per fleet, in the place the platform has for such things, so that a project's folder stays clean and
 * two fleets on one machine never share a store. Without a configuration there is one fleet, `default`.
 */
export function defaultStateDir(machine: Machine, configFile?: string): string {
  const base = join(stateBase(machine), "flotilla");
  if (configFile === undefined) return join(base, "default");
  const hash = createHash("sha256").update(configFile).digest("hex").slice(0, 8);
  const name = basename(dirname(configFile))
    .replaceAll(/[^\w-]+/g, "-")
    .slice(0, 40);
  return join(base, `${name === "" ? "root" : name}-${hash}`);
}

function stateBase({ env, home, platform }: Machine): string {
  if (platform === "win32") return env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Application Support");
  const xdg = env["XDG_STATE_HOME"];
  // The specification says to ignore a relative path.
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".local", "state");
}

export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

function envPort(name: string, text: string | undefined): number | undefined {
  if (nonEmpty(text) === undefined) return undefined;
  const port = parsePort(text ?? "");
  if (port !== undefined) return port;
  throw new FlotillaError("config_invalid", `${name} is not a port number`, {
    hint: "Set it to a number from 0 to 65535, or unset it.",
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
