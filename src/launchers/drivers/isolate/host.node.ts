/** The one workerd of a launcher: started with the first drone as a supervised program, and spoken to on loopback. */
import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../../protocol/fleet.ts";
import type { Launcher } from "../../contract.ts";
import { denied, unknownFailure } from "../../decisions.ts";
import { CONTROL_HEADER, HOST_SCRIPT } from "./host-script.ts";

/** A drone's code, as the host takes it. */
export interface IsolateCode {
  main: string;
  script: string;
  /** By module name, in base64. */
  wasm: Record<string, string>;
  env: Record<string, string>;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
}

export interface IsolateHost {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Why it ended; never rejects. */
  readonly ended: Promise<string>;
  start(handle: string, code: IsolateCode): Promise<void>;
  /** Calls under way in it fail. */
  end(handle: string): Promise<void>;
}

export interface HostOptions {
  /** Starts programs, and sees to it that none outlives us. */
  programs: Launcher;
  stateDir: string;
  /** The host's own output, and what its drones print. */
  output: (text: string) => void;
}

const START_MS = 15_000;
const ORDER_MS = 10_000;

export async function startHost({ programs, stateDir, output }: HostOptions): Promise<IsolateHost> {
  const control = randomUUID();
  await mkdir(stateDir, { recursive: true });
  const config = join(stateDir, `workerd-${randomUUID()}.capnp`);
  await writeFile(config, configText(control), { mode: 0o600 });
  try {
    const drone = await programs.create(
      {
        claimId: `workerd-${randomUUID()}`,
        worker: "workerd",
        revision: "1",
        run: {
          kind: "command",
          command: workerdPath(),
          args: ["serve", "--experimental", "--control-fd=1", config],
          env: {},
        },
        // It does not look at its input's end, and its drones have been asked before.
        limits: { ...DEFAULT_LIMITS, graceMs: 50 },
      },
      AbortSignal.timeout(START_MS),
    );
    const link = await programs.connect(drone.handle);
    const listening = Promise.withResolvers<number>();
    link.onMessage((text) => {
      const port = portOf(text);
      if (port === undefined) output(text);
      else listening.resolve(port);
    });
    const ended = link.closed.then(({ reason }) => `workerd ${reason}`);
    const timeout = AbortSignal.timeout(START_MS);
    const never = new Promise<string>((resolve) => {
      timeout.addEventListener("abort", () => resolve("workerd said nothing"), { once: true });
    });
    const port = await Promise.race([listening.promise, ended, never]);
    if (typeof port === "string")
      throw unknownFailure(`The isolates' host did not start: ${port}.`);
    return hostAt(`http://127.0.0.1:${port}`, control, ended);
  } finally {
    await rm(config, { force: true });
  }
}

function hostAt(origin: string, control: string, ended: Promise<string>): IsolateHost {
  const order = async (method: "PUT" | "DELETE", handle: string, body?: string): Promise<void> => {
    const response = await fetch(`${origin}/${handle}`, {
      method,
      headers: { [CONTROL_HEADER]: control },
      signal: AbortSignal.timeout(ORDER_MS),
      ...(body !== undefined && { body }),
    });
    await response.arrayBuffer();
    if (!response.ok) throw unknownFailure(`workerd refused an order (${response.status}).`);
  };
  return {
    origin,
    ended,
    start: (handle, code) => order("PUT", handle, JSON.stringify(code)),
    end: (handle) => order("DELETE", handle),
  };
}

/** workerd's own words on its control channel: `{"event":"listen","socket":"http","port":40123}`. */
function portOf(text: string): number | undefined {
  return Number(/^\{"event":"listen","socket":"http","port":(\d+)\}$/.exec(text)?.[1]) || undefined;
}

function workerdPath(): string {
  try {
    const workerd: { default: string } = createRequire(import.meta.url)("workerd");
    return workerd.default;
  } catch (error) {
    throw denied("The launcher isolate needs workerd, and it is not installed.", {
      hint: "Run: npm install workerd",
      cause: error,
    });
  }
}

/** JSON's escapes are Cap'n Proto's. */
function configText(control: string): string {
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "host", worker = (
    modules = [(name = "host.js", esModule = ${JSON.stringify(HOST_SCRIPT)})],
    compatibilityDate = "2026-07-01",
    durableObjectNamespaces = [(className = "Drone", ephemeralLocal = void, preventEviction = true)],
    durableObjectStorage = (inMemory = void),
    bindings = [
      (name = "LOADER", workerLoader = ()),
      (name = "DRONES", durableObjectNamespace = "Drone"),
      (name = "CONTROL", text = ${JSON.stringify(control)}),
    ],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "host")],
);
`;
}
