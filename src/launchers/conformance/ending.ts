import { expect, test } from "vitest";
import { codeOf, neverAborted, type Launch } from "./case.ts";

/** `end`, `close` and handles nobody knows. */
export function endingCases(launch: Launch): void {
  test("ends a drone until it is gone and forgotten", async () => {
    const launcher = await launch.launcher();
    const drone = await launch.drone();
    await launch.endFully(drone.handle);
    expect(await launcher.get(drone.handle)).toBeUndefined();
    expect(await launcher.list()).toEqual([]);
  });

  test("says gone again however often it is asked", async () => {
    const launcher = await launch.launcher();
    const drone = await launch.drone();
    await launch.endFully(drone.handle, 0);
    expect(await launcher.end(drone.handle, 0)).toBe("gone");
    expect(await launcher.end(drone.handle, 1_000)).toBe("gone");
  });

  test("takes requests to end side by side", async () => {
    const launcher = await launch.launcher();
    const drone = await launch.drone();
    const answers = await Promise.all([
      launcher.end(drone.handle, 100),
      launcher.end(drone.handle, 0),
      launcher.end(drone.handle, 100),
    ]);
    for (const answer of answers) expect(["ending", "gone"]).toContain(answer);
    await launch.endFully(drone.handle);
    expect(await launcher.list()).toEqual([]);
  });

  test("knows nothing of a handle it never gave out", async () => {
    const launcher = await launch.launcher();
    expect(await launcher.get("no-such-handle")).toBeUndefined();
    expect(await launcher.end("no-such-handle", 100)).toBe("gone");
    const expected = launcher.capabilities.links ? "drone_lost" : "not_supported";
    expect(await codeOf(launcher.connect("no-such-handle"))).toBe(expected);
  });

  test("starts a new drone after one has ended", async () => {
    const launcher = await launch.launcher();
    const first = await launch.drone();
    await launch.endFully(first.handle);
    const second = await launch.drone();
    expect(second.handle).not.toBe(first.handle);
    expect((await launcher.list()).map((drone) => drone.handle)).toEqual([second.handle]);
  });

  test("closes twice, with drones and without, and then starts nothing", async () => {
    const launcher = await launch.launcher();
    await launch.drone();
    await launch.settled(Promise.all([launcher.close(), launcher.close()]));
    await launch.settled(launcher.close());
    const order = launcher.create(launch.claim(), neverAborted());
    expect(await codeOf(launch.settled(order))).toMatch(/^launcher_/);
    if (!launcher.capabilities.survivesRestart) expect(await launcher.list()).toEqual([]);
  });
}
