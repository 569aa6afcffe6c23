import { expect, test } from "vitest";
import { DEFAULT_IMAGE_RUN, type RunSpec } from "../../protocol/fleet.ts";
import { codeOf, neverAborted, type Launch } from "./case.ts";
import type { LauncherConformanceOptions } from "./subject.ts";

/** `create`, `get`, `list`, and the four decisions. */
export function creationCases(launch: Launch, options: LauncherConformanceOptions): void {
  test("makes a drone that get and list show as it was ordered", async () => {
    const launcher = await launch.launcher();
    const drone = await launch.drone({ worker: "harbour", revision: "r7" });
    expect(drone).toMatchObject({ worker: "harbour", revision: "r7" });
    expect(["starting", "running"]).toContain(drone.phase);
    expect(drone.endReason).toBeUndefined();
    await launch.until("running", async () => {
      return (await launcher.get(drone.handle))?.phase === "running";
    });
    const expected = { ...drone, phase: "running" };
    expect(await launcher.get(drone.handle)).toEqual(expected);
    expect(await launcher.list()).toEqual([expected]);
  });

  test("has an address of the kind its capabilities promise", async () => {
    const launcher = await launch.launcher();
    const { address } = await launch.drone();
    expect(address.kind).toBe(launcher.capabilities.links ? "link" : "http");
    if (address.kind === "link") expect(address.launcher).toBe(launcher.name);
    expect(launcher.capabilities.runs).toContain(options.run.kind);
  });

  test("answers the same claim with the same drone, at once, later, and side by side", async () => {
    const launcher = await launch.launcher();
    const claim = launch.claim();
    const order = (): ReturnType<typeof launcher.create> => launcher.create(claim, neverAborted());
    const both = await launch.settled(Promise.all([order(), order(), order()]));
    const later = await launch.settled(order());
    expect(new Set([...both, later].map((drone) => drone.handle)).size).toBe(1);
    expect(await launcher.list()).toHaveLength(1);
  });

  test("gives every claim its own drone", async () => {
    const launcher = await launch.launcher();
    const first = await launch.drone();
    const second = await launch.drone();
    expect(first.handle).not.toBe(second.handle);
    expect(await launcher.list()).toHaveLength(2);
    await launch.endFully(first.handle);
    expect((await launcher.list()).map((drone) => drone.handle)).toEqual([second.handle]);
  });

  test("starts nothing for an order that was called off before", async () => {
    const launcher = await launch.launcher();
    const order = launcher.create(launch.claim(), AbortSignal.abort());
    expect(await codeOf(launch.settled(order))).toMatch(/^launcher_/);
    expect(await launcher.list()).toEqual([]);
  });

  test("leaves nothing behind when called off on the way", async () => {
    const launcher = await launch.launcher();
    // Warm, so that the abort comes while a drone is made and not while the launcher makes itself ready.
    await launcher.list();
    for (const ticks of [0, 1, 2, 5, 20]) {
      const controller = new AbortController();
      const order = launcher.create(launch.claim(), controller.signal);
      const outcome = order.then(
        (drone) => launch.endFully(drone.handle),
        () => {},
      );
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      controller.abort();
      await launch.settled(outcome);
      expect(await launcher.list()).toEqual([]);
    }
  });

  test("refuses for good what it cannot run", async () => {
    const launcher = await launch.launcher();
    const foreign = (["command", "module", "remote", "image", "builtin"] as const).find(
      (kind) => !launcher.capabilities.runs.includes(kind),
    );
    const runs = [options.deniedRun, ...(foreign === undefined ? [] : [SAMPLES[foreign]])];
    for (const run of runs) {
      const order = launcher.create(launch.claim({ run }), neverAborted());
      expect(await codeOf(launch.settled(order))).toBe("launcher_denied");
    }
    expect(await launcher.list()).toEqual([]);
  });

  test("tries a refused claim anew", async () => {
    const launcher = await launch.launcher();
    const claim = launch.claim();
    const refused = launcher.create({ ...claim, run: options.deniedRun }, neverAborted());
    expect(await codeOf(launch.settled(refused))).toBe("launcher_denied");
    const drone = await launch.settled(launcher.create(claim, neverAborted()));
    expect(drone.claimId).toBe(claim.claimId);
  });
}

const SAMPLES: Record<RunSpec["kind"], RunSpec> = {
  command: { kind: "command", command: "true", args: [], env: {} },
  module: { kind: "module", entry: "/nowhere.js", env: {}, launcher: "process" },
  remote: { kind: "remote", url: "http://127.0.0.1:9/", headers: {}, transport: "auto" },
  image: { ...DEFAULT_IMAGE_RUN, kind: "image", image: "no-such-image:none" },
  builtin: { kind: "builtin" },
};
