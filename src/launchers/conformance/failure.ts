import { expect, test } from "vitest";
import type { LaunchedDrone, Launcher } from "../contract.ts";
import { codeOf, neverAborted, type Launch } from "./case.ts";
import { CRASH_REQUEST } from "./echo-behaviour.ts";

/** Drones that fail by themselves, when told so over their link. */
export function failureCases(launch: Launch): void {
  const crashed = async (): Promise<[Launcher, LaunchedDrone]> => {
    const launcher = await launch.launcher();
    const drone = await launch.drone();
    const link = await launcher.connect(drone.handle);
    await link.send(CRASH_REQUEST);
    await launch.until("ended", async () => (await launcher.get(drone.handle))?.phase === "ended");
    expect((await launch.settled(link.closed)).reason).not.toBe("");
    return [launcher, drone];
  };

  test("shows a failed drone as ended, with the reason, until it is ended", async () => {
    const [launcher, drone] = await crashed();
    const seen = await launcher.get(drone.handle);
    expect(seen?.endReason).toMatch(/\S/);
    expect(await launcher.list()).toEqual([seen]);
    expect(await codeOf(launcher.connect(drone.handle))).toBe("drone_lost");
    await launch.endFully(drone.handle);
    expect(await launcher.list()).toEqual([]);
  });

  test("answers the claim of a failed drone with that drone, and a new claim with a new one", async () => {
    const [launcher, drone] = await crashed();
    const claim = launch.claim({ claimId: drone.claimId });
    const again = await launch.settled(launcher.create(claim, neverAborted()));
    expect(again).toMatchObject({ handle: drone.handle, phase: "ended" });
    const next = await launch.drone();
    expect(next.handle).not.toBe(drone.handle);
    const link = await launcher.connect(next.handle);
    const seen: string[] = [];
    link.onMessage((text) => seen.push(text));
    await launch.until("a greeting", () => seen.length === 1);
  });

  test("hints that something changed, to those who still listen", async () => {
    const launcher = await launch.launcher();
    const hints: string[] = [];
    const tooLate: string[] = [];
    launcher.onChange((handle) => hints.push(handle));
    launcher.onChange((handle) => tooLate.push(handle))();
    const [, drone] = await crashed();
    await launch.until("a hint", () => hints.includes(drone.handle));
    expect(tooLate).toEqual([]);
  });

  test("fails one drone without touching another", async () => {
    const launcher = await launch.launcher();
    const healthy = await launch.drone();
    await crashed();
    expect((await launcher.get(healthy.handle))?.phase).toMatch(/^(starting|running)$/);
    const link = await launcher.connect(healthy.handle);
    const seen: string[] = [];
    link.onMessage((text) => seen.push(text));
    await launch.until("a greeting", () => seen.length === 1);
  });
}
