/** Mistakes that others have paid for with containers. README.md says where the rest of them are tested. */
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestEngine } from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import {
  DOCKER_NEEDED,
  HAS_DOCKER,
  startDocker,
} from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import { containersOf, craneInContainer } from "./containers.ts";
import { makeFolder, startFlotilla } from "./flotilla.ts";
import { waitFor } from "./wait.ts";
import { call, callText, listTools } from "./wire.ts";

const AGENTS = 10;
const CALLS_EACH = 10;

describe.skipIf(!HAS_DOCKER)(`mistakes already paid for by others ${DOCKER_NEEDED}`, () => {
  const folder = makeFolder();
  let docker: TestEngine;
  beforeAll(async () => {
    docker = await startDocker();
  }, 60_000);
  afterAll(async () => {
    await docker[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const up = (idle: string): ReturnType<typeof startFlotilla> => {
    const common = { network: docker.network, folder, scale: { idle } };
    const workers = {
      pipe: craneInContainer(common),
      web: craneInContainer({ ...common, http: true }),
    };
    const env = { DOCKER_HOST: `unix://${docker.socketPath}` };
    return startFlotilla({ config: { toolpacks: "none", workers }, env });
  };

  // ContextForge #950, MetaMCP #272, Docker #318 and #483, MCPJungle #138.
  test("containers: ten agents' first calls, and all that follow, share one container of a worker; asleep there is none", async () => {
    await using flotilla = await up("3s");
    const seen = new Set<string>();
    const agent = async (worker: string): Promise<void> => {
      for (let turn = 0; turn < CALLS_EACH; turn += 1) {
        seen.add(await callText(`${flotilla.url}/mcp/${worker}`, "where"));
      }
    };
    const agents = Array.from({ length: AGENTS }, () => [agent("pipe"), agent("web")]).flat();
    await Promise.all(agents);
    expect(seen.size).toBe(2);
    expect(await containersOf(docker)).toHaveLength(2);
    // Archestra #7135, ToolHive #5738: whoever looks keeps nobody awake.
    const isAsleep = async (): Promise<boolean> => {
      await (await fetch(`${flotilla.url}/health`)).text();
      await listTools(`${flotilla.url}/mcp/web`);
      return (await containersOf(docker)).length === 0;
    };
    await waitFor(isAsleep, { what: "no container", deadlineMs: 60_000 });
  });

  // MetaMCP PR #273: SIGTERM sent and not awaited; a wake that met an ending left two, or none.
  test("churn: containers that fall asleep and are woken again and again leave nothing behind", async () => {
    await using flotilla = await up("1s");
    const codes: (string | undefined)[] = [];
    // Pauses around the idle time, shorter and longer in turns: calls meet drones on their way out.
    for (const gapMs of [900, 1_000, 1_050, 1_100, 1_200, 1_500]) {
      const { error } = await call(`${flotilla.url}/mcp/pipe`, "where");
      codes.push(error?.data?.code);
      await pause(gapMs);
    }
    expect(codes.filter((code) => code !== undefined)).toEqual([]);
    await waitFor(async () => (await containersOf(docker)).length === 0, {
      what: "no container",
      deadlineMs: 60_000,
    });
  });
});
