import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe } from "vitest";
import { DEFAULT_IMAGE_RUN, systemClock } from "../../protocol/index.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { echoProgram, launcherConformance } from "../conformance.ts";
import { createDockerLauncher } from "./docker.node.ts";
import {
  DOCKER_NEEDED,
  HAS_DOCKER,
  nodeInContainer,
  startDocker,
} from "./docker/testing/engine.node.ts";
import type { TestEngine } from "./docker/testing/engine.node.ts";

describe.skipIf(!HAS_DOCKER)(`Docker ${DOCKER_NEEDED}`, () => {
  let docker: TestEngine;
  let fleets = 0;
  beforeAll(async () => {
    docker = await startDocker();
  }, 60_000);
  afterAll(() => docker[Symbol.asyncDispose](), 60_000);

  launcherConformance(
    () => {
      fleets += 1;
      const fleet = `test-${process.pid}-${fleets}`;
      const launcher = createDockerLauncher({
        node: "here",
        fleet,
        clock: systemClock,
        telemetry: silentTelemetry,
        output: () => {},
        socketPath: docker.socketPath,
      });
      return {
        launcher,
        async dispose() {
          const filters = JSON.stringify({ label: [`io.flotilla.fleet=${fleet}`] });
          const left = await docker.engine.must({
            path: "/containers/json",
            query: { all: "1", filters },
          });
          for (const { Id } of left as { Id: string }[])
            await docker.engine.call({
              method: "DELETE",
              path: `/containers/${Id}`,
              query: { force: "1" },
            });
        },
      };
    },
    {
      name: "docker",
      run: nodeInContainer(fileURLToPath(echoProgram)),
      deniedRun: {
        ...DEFAULT_IMAGE_RUN,
        kind: "image",
        image: "no-such-image:none",
        pull: "never",
      },
    },
  );
});
