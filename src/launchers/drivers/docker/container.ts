/** A claim as Docker's container configuration, and what Docker says of a container as a drone. */
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { ImageRun } from "../../../protocol/fleet.ts";
import type { DroneAddress } from "../../../protocol/link.ts";
import type { DroneClaim, LaunchedDrone } from "../../contract.ts";

export const LABEL = {
  fleet: "io.flotilla.fleet",
  claim: "io.flotilla.claim",
  worker: "io.flotilla.worker",
  revision: "io.flotilla.revision",
  /** Port and path of an HTTP drone; absent: stdin and stdout. */
  http: "io.flotilla.http",
} as const;

/** Docker's names are `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; a claim's name is its only one, so a second start meets the first. */
export function containerName(fleet: string, claimId: string): string {
  return `flotilla-${fleet}-${claimId}`.replaceAll(/[^a-zA-Z0-9_.-]/g, "-");
}

const NANO = 1e9;
const TMP = "rw,noexec,nosuid,nodev,size=64m";

/** Least privilege: no capabilities, no new privileges, nothing to write to but /tmp, limits on everything. */
export function containerConfig(
  fleet: string,
  { claimId, worker, revision }: DroneClaim,
  run: ImageRun,
) {
  const port = run.http === undefined ? undefined : `${run.http.port}/tcp`;
  return {
    Image: run.image,
    ...(run.args.length > 0 && { Cmd: run.args }),
    ...(run.user !== undefined && { User: run.user }),
    Env: Object.entries({
      ...run.env,
      ...(run.http !== undefined && { PORT: String(run.http.port) }),
    }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [LABEL.fleet]: fleet,
      [LABEL.claim]: claimId,
      [LABEL.worker]: worker,
      [LABEL.revision]: revision,
      ...(run.http !== undefined && { [LABEL.http]: `${run.http.port} ${run.http.path}` }),
    },
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    // Whoever is attached is the drone's whole life: when Flotilla dies, its input ends, and so does the drone.
    ...(run.http === undefined && { AttachStdin: true, OpenStdin: true, StdinOnce: true }),
    ...(port !== undefined && { ExposedPorts: { [port]: {} } }),
    HostConfig: {
      Init: true,
      NetworkMode: run.network,
      ReadonlyRootfs: !run.writable,
      Tmpfs: { "/tmp": TMP },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: run.limits.memoryBytes,
      // Equal to Memory: no swap.
      MemorySwap: run.limits.memoryBytes,
      NanoCpus: Math.round(run.limits.cpus * NANO),
      PidsLimit: run.limits.pids,
      // Output is read as it comes; nothing is to fill the disk.
      LogConfig: { Type: "none" },
      RestartPolicy: { Name: "no" },
      Mounts: run.mounts.map(({ source, target, readOnly }) => ({
        Type: "bind",
        Source: source,
        Target: target,
        ReadOnly: readOnly,
      })),
      // Only this machine can reach it; Docker picks the port.
      ...(port !== undefined && {
        PortBindings: { [port]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      }),
    },
  };
}

export interface Seen {
  drone: LaunchedDrone;
  isRunning: boolean;
}

/** `inspect` as a drone; undefined when the container is none of this fleet's. */
export function droneOf(inspected: unknown, fleet: string, node: string): Seen | undefined {
  if (!isRecord(inspected)) return undefined;
  const labels = recordAt(recordAt(inspected, "Config"), "Labels");
  if (labels[LABEL.fleet] !== fleet) return undefined;
  const state = recordAt(inspected, "State");
  const status = String(state["Status"]);
  const isRunning = status === "running" || status === "paused";
  const address = addressOf(inspected, labels[LABEL.http], node);
  const isCutOff = isRunning && address === undefined;
  const base: LaunchedDrone = {
    claimId: String(labels[LABEL.claim]),
    worker: String(labels[LABEL.worker]),
    revision: String(labels[LABEL.revision]),
    handle: String(inspected["Id"]),
    phase: isCutOff ? "ended" : isRunning ? "running" : status === "created" ? "starting" : "ended",
    address: address ?? NOWHERE,
    startedAtMs: Date.parse(String(inspected["Created"])),
  };
  return {
    isRunning,
    drone:
      base.phase === "ended" ? { ...base, endReason: isCutOff ? CUT_OFF : reasonOf(state) } : base,
  };
}

const CUT_OFF = "no port of this machine leads to it: it has lost its network";
/** Before it runs there is no port yet; nobody dials a drone that is starting, or one without a network. */
const NOWHERE: DroneAddress = {
  kind: "http",
  url: "http://127.0.0.1:0/",
  transport: "streamable-http",
};

function addressOf(
  inspected: Record<string, unknown>,
  http: unknown,
  node: string,
): DroneAddress | undefined {
  if (typeof http !== "string") return { kind: "link", node, launcher: "docker" };
  const [port = "", path = "/mcp"] = http.split(" ");
  const bindings = recordAt(recordAt(inspected, "NetworkSettings"), "Ports")[`${port}/tcp`];
  const first: unknown = Array.isArray(bindings) ? bindings[0] : undefined;
  if (!isRecord(first)) return undefined;
  const url = `http://127.0.0.1:${String(first["HostPort"])}${path}`;
  return { kind: "http", url, transport: "streamable-http" };
}

function reasonOf(state: Record<string, unknown>): string {
  if (state["OOMKilled"] === true) return "killed: it used more memory than it may";
  if (typeof state["Error"] === "string" && state["Error"] !== "") return "could not be started";
  const code = Number(state["ExitCode"]);
  // 128 + n: ended by signal n.
  return code > 128 ? `killed by signal ${code - 128}` : `exited with code ${code}`;
}

function recordAt(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = value[key];
  return isRecord(found) ? found : {};
}
