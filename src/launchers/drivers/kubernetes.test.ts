import { afterAll, beforeAll, describe } from "vitest";
import { DEFAULT_IMAGE_RUN, systemClock } from "../../protocol/index.ts";
import { launcherConformance } from "../conformance.ts";
import { createKubernetesLauncher } from "./kubernetes.node.ts";
import {
  HAS_KUBERNETES,
  KUBERNETES_NEEDED,
  TEST_RUN,
  startCluster,
  type TestCluster,
} from "./kubernetes/testing/cluster.node.ts";

describe.skipIf(!HAS_KUBERNETES)(`Kubernetes ${KUBERNETES_NEEDED}`, () => {
  let cluster: TestCluster;
  let fleets = 0;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 90_000);
  afterAll(() => cluster[Symbol.asyncDispose](), 60_000);

  launcherConformance(
    () => {
      fleets += 1;
      const options = {
        fleet: `test-${process.pid}-${fleets}`,
        clock: systemClock,
        env: { KUBECONFIG: cluster.kubeconfig },
        home: "/nowhere",
        namespace: cluster.namespace,
      };
      return {
        launcher: createKubernetesLauncher(options),
        async dispose() {
          const after = createKubernetesLauncher(options);
          for (const { handle } of await after.list()) await after.end(handle, 0);
          await after.close();
        },
      };
    },
    {
      name: "kubernetes",
      dialled: true,
      run: TEST_RUN,
      deniedRun: { ...DEFAULT_IMAGE_RUN, kind: "image", image: "no-port" },
    },
  );
});
