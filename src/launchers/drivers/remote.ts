/**
 * The launcher `remote`: a server that somebody else runs. Nothing is started or stopped; a drone is the right to call
 * it. No network is touched here, so a server that is down is found by the probe, like any other silent drone.
 */
import type { Clock } from "../../protocol/clock.ts";
import type { RunSpec } from "../../protocol/fleet.ts";
import type { DroneAddress } from "../../protocol/link.ts";
import type { LaunchedDrone, Launcher } from "../contract.ts";
import { denied, noLinks } from "../decisions.ts";
import { createRoster, type RosterEntry } from "../roster.ts";

export interface RemoteLauncherOptions {
  clock: Clock;
}

export function createRemoteLauncher({ clock }: RemoteLauncherOptions): Launcher {
  const roster = createRoster<RosterEntry>();
  return {
    name: "remote",
    capabilities: { links: false, survivesRestart: false, runs: ["remote"] },
    create: (claim, signal) =>
      roster.create(claim, signal, async () => {
        const { claimId, worker, revision, run } = claim;
        const drone: LaunchedDrone = {
          claimId,
          worker,
          revision,
          handle: `remote.${claimId}`,
          phase: "running",
          address: addressOf(run),
          startedAtMs: clock.now(),
        };
        return { view: () => ({ ...drone }) };
      }),
    get: async (handle) => roster.find(handle)?.view(),
    list: async () => roster.entries().map((drone) => drone.view()),
    async end(handle) {
      if (roster.find(handle) === undefined) return "gone";
      roster.forget(handle);
      roster.changed(handle);
      return "gone";
    },
    async connect() {
      throw noLinks("remote");
    },
    onChange: (listener) => roster.onChange(listener),
    async close() {
      await roster.shut();
      for (const drone of roster.entries()) roster.forget(drone.view().handle);
    },
  };
}

/** Headers stay out of it: an address is stored and shown. */
function addressOf(run: RunSpec): DroneAddress {
  if (run.kind !== "remote") {
    throw denied(`The launcher "remote" cannot run a worker of kind "${run.kind}".`);
  }
  const url = URL.parse(run.url);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw denied("The worker's URL is not an http or https address.", {
      hint: "Write it in full, for example https://host/mcp.",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw denied("The worker's URL holds a user name or password, and addresses are shown.", {
      hint: "Put the credentials in a header.",
    });
  }
  // A query may hold a key, and an address goes into records: the dialler knows the whole URL.
  return { kind: "http", url: `${url.origin}${url.pathname}`, transport: run.transport };
}
