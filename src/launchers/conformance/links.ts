import { expect, test } from "vitest";
import type { LaunchedDrone, Launcher } from "../contract.ts";
import { codeOf, type Launch } from "./case.ts";
import { GREETING, echoRequest } from "./echo-behaviour.ts";

/** Where drones are dialled by their address instead. */
export function dialledCases(launch: Launch): void {
  test("refuses to connect where there are no links", async () => {
    const launcher = await launch.launcher();
    expect(launcher.capabilities.links).toBe(false);
    const drone = await launch.drone();
    expect(await codeOf(launcher.connect(drone.handle))).toBe("not_supported");
    expect(drone.address.kind).toBe("http");
  });
}

/** `connect`: the same link each time, whole messages in order, and an honest end. */
export function linkCases(launch: Launch): void {
  const linked = async (): Promise<[Launcher, LaunchedDrone]> => [
    await launch.launcher(),
    await launch.drone(),
  ];

  test("gives the same link each time", async () => {
    const [launcher, drone] = await linked();
    const [first, second] = await Promise.all([
      launcher.connect(drone.handle),
      launcher.connect(drone.handle),
    ]);
    expect(first).toBe(second);
    expect(await launcher.connect(drone.handle)).toBe(first);
  });

  test("carries messages both ways, whole and in order", async () => {
    const [launcher, drone] = await linked();
    const link = await launcher.connect(drone.handle);
    const seen: string[] = [];
    link.onMessage((text) => seen.push(text));
    const texts = [
      "plain",
      "Grüße, 世界 🚢",
      'with "quotes" and \\ and \n inside',
      "x".repeat(200_000),
    ];
    const requests = Array.from({ length: 100 }, (_, index) => ({
      id: index,
      text: texts[index % 4],
    }));
    for (const { id, text } of requests) await link.send(echoRequest(id, { text }));
    await launch.until("all answers", () => seen.length > requests.length);
    expect(seen[0]).toBe(GREETING);
    const answers = seen.slice(1).map((text): unknown => JSON.parse(text));
    expect(answers).toEqual(
      requests.map(({ id, text }) => ({ jsonrpc: "2.0", id, result: { text } })),
    );
  });

  test("keeps what came before anybody listened", async () => {
    const [launcher, drone] = await linked();
    const link = await launcher.connect(drone.handle);
    await link.send(echoRequest(1, { early: true }));
    await launch.until("some time", countdown(20));
    const seen: string[] = [];
    link.onMessage((text) => seen.push(text));
    await launch.until("greeting and answer", () => seen.length === 2);
    expect(seen[0]).toBe(GREETING);
  });

  test("says why a link closed, refuses to send, and tells the drone's end", async () => {
    const [launcher, drone] = await linked();
    const link = await launcher.connect(drone.handle);
    link.close();
    link.close();
    expect((await link.closed).reason).toBe("closed by us");
    expect(await codeOf(link.send("{}"))).toBe("drone_lost");
    await launch.until("lost", async () => (await launcher.get(drone.handle))?.phase === "ended");
    expect(await codeOf(launcher.connect(drone.handle))).toBe("drone_lost");
    await launch.endFully(drone.handle);
  });

  test("closes the link of a drone that is ended", async () => {
    const [launcher, drone] = await linked();
    const link = await launcher.connect(drone.handle);
    await launch.endFully(drone.handle);
    expect((await launch.settled(link.closed)).reason).not.toBe("");
    expect(await codeOf(link.send("{}"))).toBe("drone_lost");
  });
}

/** True after `rounds` calls: lets that many rounds of time pass. */
function countdown(rounds: number): () => boolean {
  let left = rounds;
  return () => {
    left -= 1;
    return left <= 0;
  };
}
