/** What only containers have: limits and rights, addresses of their own, and a life beyond ours. */
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, systemClock, type ImageRun } from "../../../protocol/index.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import type { LaunchedDrone, Launcher } from "../../contract.ts";
import { createDockerLauncher } from "../docker.node.ts";
import { DOCKER_NEEDED, HAS_DOCKER, nodeInContainer, startDocker } from "./testing/engine.node.ts";
import type { TestEngine } from "./testing/engine.node.ts";

const LOOK = fileURLToPath(new URL("fixtures/look-around.node.ts", import.meta.url));
const MB = 1024 * 1024;

describe.skipIf(!HAS_DOCKER)(`containers ${DOCKER_NEEDED}`, () => {
  let docker: TestEngine;
  const launchers: Launcher[] = [];
  const fleet = `behaviour-${process.pid}`;
  beforeAll(async () => {
    docker = await startDocker();
  }, 60_000);
  afterAll(() => docker[Symbol.asyncDispose](), 60_000);
  afterEach(async () => {
    const launcher = open();
    for (const { handle } of await launcher.list()) {
      while ((await launcher.end(handle, 0)) !== "gone") await new Promise(setImmediate);
    }
    await Promise.all(launchers.splice(0).map((one) => one.close()));
  });

  function open(): Launcher {
    const { socketPath } = docker;
    const common = { clock: systemClock, telemetry: silentTelemetry, output: () => {} };
    const launcher = createDockerLauncher({ ...common, node: "here", fleet, socketPath });
    launchers.push(launcher);
    return launcher;
  }
  const start = (launcher: Launcher, run: Partial<ImageRun>, claimId = "c1") =>
    launcher.create(
      {
        claimId,
        worker: "look",
        revision: "r1",
        run: nodeInContainer(LOOK, run),
        limits: DEFAULT_LIMITS,
      },
      new AbortController().signal,
    );
  async function asker(launcher: Launcher, { handle }: LaunchedDrone) {
    const link = await launcher.connect(handle);
    const answers: Record<string, unknown> = {};
    link.onMessage((text) => Object.assign(answers, JSON.parse(text)));
    return async (question: string) => {
      await link.send(question);
      await expect.poll(() => question in answers, { timeout: 10_000 }).toBe(true);
      return answers[question];
    };
  }

  it("have the limits and only the rights they were given, seen from inside", async () => {
    const launcher = open();
    const limits = { memoryBytes: 200 * MB, cpus: 0.5, pids: 40 };
    const ask = await asker(launcher, await start(launcher, { limits }));
    expect(await ask("memory")).toBe(String(200 * MB));
    expect(await ask("pids")).toBe("40");
    expect(await ask("cpu")).toMatch(/^50000( 100000)?$/);
    expect(await ask("root")).toBe("EROFS");
    expect(await ask("mount")).toBe("EROFS");
    expect(await ask("tmp")).toBe("done");
    expect(await ask("capabilities")).toBe("0000000000000000");
    expect(await ask("privileges")).toBe("1");
    expect(await ask("network")).toBe(0);
  });

  it("are ended by the kernel beyond their memory, and say so", async () => {
    const launcher = open();
    const drone = await start(launcher, { limits: { memoryBytes: 128 * MB, cpus: 1, pids: 64 } });
    const link = await launcher.connect(drone.handle);
    await link.send("fill");
    await expect
      .poll(async () => (await launcher.get(drone.handle))?.endReason, { timeout: 20_000 })
      .toMatch(/more memory than it may|killed by signal 9/);
  });

  it("over HTTP have an address on this machine alone, and are found again after Flotilla ended", async () => {
    const first = open();
    const run = { http: { port: 8080, path: "/mcp" }, network: docker.network };
    const drone = await start(first, run);
    await first.close();
    const second = open();
    const [found] = await second.list();
    expect(found).toEqual(drone);
    expect(await start(second, run)).toEqual(drone);
    const address = drone.address.kind === "http" ? drone.address.url : "";
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+\/mcp$/);
    const here = () => fetch(address).then((answer) => answer.text(), String);
    await expect.poll(here, { timeout: 10_000 }).toBe("here");
    await expect(second.connect(drone.handle)).rejects.toMatchObject({ code: "not_supported" });
  });

  it("on stdin end by themselves when whoever started them is gone, and are swept by the next", async () => {
    const first = open();
    const drone = await start(first, {});
    // As kill -9 leaves it: the connection breaks, nobody says goodbye.
    (await first.connect(drone.handle)).close();
    const second = open();
    await expect
      .poll(async () => (await second.get(drone.handle))?.endReason, { timeout: 10_000 })
      .toBe("exited with code 0");
    expect(await second.end(drone.handle, 0)).toBe("gone");
    expect(await second.list()).toEqual([]);
  });

  it("of other fleets are nobody's business here", async () => {
    const launcher = open();
    const drone = await start(launcher, {});
    const other = createDockerLauncher({
      node: "here",
      fleet: `${fleet}-other`,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
      socketPath: docker.socketPath,
    });
    expect(await other.list()).toEqual([]);
    expect(await other.get(drone.handle)).toBeUndefined();
    expect(await other.end(drone.handle, 0)).toBe("gone");
    expect((await launcher.get(drone.handle))?.phase).toBe("running");
    await other.close();
  });

  it("are waited for when there is no Docker", async () => {
    const launcher = createDockerLauncher({
      node: "here",
      fleet,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
      socketPath: "/nowhere/docker.sock",
    });
    expect(await launcher.list()).toEqual([]);
    await expect(start(launcher, {})).rejects.toMatchObject({
      code: "launcher_not_ready",
      hint: expect.stringContaining("Start Docker"),
    });
    await launcher.close();
  });
});
