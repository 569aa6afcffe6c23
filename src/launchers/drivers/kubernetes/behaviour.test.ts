/** What only Kubernetes has: shared objects, quotas, a Role, watches, and reasons told by nodes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, systemClock, type ImageRun } from "../../../protocol/index.ts";
import type { Launcher } from "../../contract.ts";
import { createKubernetesLauncher } from "../kubernetes.node.ts";
import { listAt, recordAt, textAt } from "./json.ts";
import {
  HAS_STAND_IN,
  KUBERNETES_NEEDED,
  TEST_RUN,
  kubeconfigOf,
  startCluster,
  type TestCluster,
} from "./testing/cluster.node.ts";

const NAME = `objects on a real API server, nodes played by a stand-in ${KUBERNETES_NEEDED}`;

describe.skipIf(!HAS_STAND_IN)(NAME, () => {
  let cluster: TestCluster;
  const launchers: Launcher[] = [];
  beforeAll(async () => {
    cluster = await startCluster();
  }, 90_000);
  afterAll(() => cluster[Symbol.asyncDispose](), 60_000);
  afterEach(async () => {
    const launcher = open();
    for (const { handle } of await launcher.list()) await gone(launcher, handle);
    await Promise.all(launchers.splice(0).map((one) => one.close()));
  });

  function open(kubeconfig = cluster.kubeconfig, namespace = cluster.namespace): Launcher {
    const common = { fleet: "behaviour", clock: systemClock, home: "/nowhere", namespace };
    const launcher = createKubernetesLauncher({ ...common, env: { KUBECONFIG: kubeconfig } });
    launchers.push(launcher);
    return launcher;
  }
  const start = (launcher: Launcher, run: Partial<ImageRun> = {}, claimId = "c1") =>
    launcher.create(
      {
        claimId,
        worker: "harbour",
        revision: "r1",
        run: { ...TEST_RUN, ...run },
        limits: { ...DEFAULT_LIMITS, startTimeoutMs: 2_000, graceMs: 5_000 },
      },
      new AbortController().signal,
    );
  const gone = (launcher: Launcher, handle: string, graceMs = 0) =>
    expect.poll(() => launcher.end(handle, graceMs), { timeout: 10_000 }).toBe("gone");
  const all = async (group: string, kind: string) =>
    listAt(await cluster.ask("GET", `/${group}/namespaces/${cluster.namespace}/${kind}`), "items");
  const endReason = (launcher: Launcher, handle: string) =>
    expect.poll(async () => (await launcher.get(handle))?.endReason, { timeout: 10_000 });

  it("give a pod the least it can do with, under the strictest profile", async () => {
    const drone = await start(open(), { env: { TOKEN: "very-secret" }, network: "none" });
    await expect.poll(async () => (await all("api/v1", "pods")).length).toBe(1);
    const [pod] = await all("api/v1", "pods");
    const spec = recordAt(pod, "spec");
    const container = listAt(spec, "containers")[0];
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container).toMatchObject({
      securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      resources: { limits: { cpu: "1", memory: "536870912" }, requests: { cpu: "1" } },
      startupProbe: { periodSeconds: 1, failureThreshold: 2 },
    });
    expect(JSON.stringify(await all("apis/apps/v1", "deployments"))).not.toContain("very-secret");
    expect(JSON.stringify(pod)).not.toContain("very-secret");
    const [secret] = await all("api/v1", "secrets");
    expect(recordAt(secret, "data")["TOKEN"]).toBe(Buffer.from("very-secret").toString("base64"));
    const [policy] = await all("apis/networking.k8s.io/v1", "networkpolicies");
    expect(recordAt(policy, "spec")["egress"]).toBeUndefined();
    expect(recordAt(policy, "spec")["policyTypes"]).toEqual(["Ingress", "Egress"]);
    expect(textAt((await all("api/v1", "services"))[0], "metadata", "name")).toBe(drone.handle);
  });

  it("are shared by a worker's drones, and leave with the last of them", async () => {
    const launcher = open();
    const first = await start(launcher);
    const second = await start(launcher, {}, "c2");
    const shared = async () => [
      ...(await all("api/v1", "serviceaccounts")),
      ...(await all("apis/networking.k8s.io/v1", "networkpolicies")),
      ...(await all("apis/policy/v1", "poddisruptionbudgets")),
    ];
    expect(await shared()).toHaveLength(3);
    await gone(launcher, first.handle);
    expect(await shared()).toHaveLength(3);
    await gone(launcher, second.handle);
    for (const kind of ["services", "secrets", "pods"])
      expect(await all("api/v1", kind)).toEqual([]);
    expect(await shared()).toEqual([]);
  });

  it("are found by the next launcher, and what was half made is finished", async () => {
    const first = open();
    const drone = await start(first);
    await first.close();
    const path = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments/${drone.handle}`;
    await cluster.ask("PATCH", path, { spec: { paused: true } });
    await cluster.ask("DELETE", `/api/v1/namespaces/${cluster.namespace}/secrets/${drone.handle}`);
    const second = open();
    expect(await second.list()).toMatchObject([{ handle: drone.handle, claimId: "c1" }]);
    await start(second);
    expect(recordAt(await cluster.ask("GET", path), "spec")["paused"]).toBeFalsy();
    expect(await all("api/v1", "secrets")).toHaveLength(1);
  });

  it("of other fleets are nobody's business here", async () => {
    const drone = await start(open());
    const options = { clock: systemClock, home: "/", env: { KUBECONFIG: cluster.kubeconfig } };
    const other = createKubernetesLauncher({ ...options, fleet: "other" });
    launchers.push(other);
    expect(await other.list()).toEqual([]);
    expect(await other.get(drone.handle)).toBeUndefined();
    expect(await other.end(drone.handle, 0)).toBe("gone");
    expect(await open().get(drone.handle)).toBeDefined();
  });

  it("hint at changes through watches", async () => {
    const launcher = open();
    const hints = new Set<string>();
    launcher.onChange((handle) => hints.add(handle));
    const drone = await start(launcher);
    await expect.poll(() => hints.has(drone.handle), { timeout: 10_000 }).toBe(true);
    await endReason(launcher, drone.handle).toBeUndefined();
    hints.clear();
    const path = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments/${drone.handle}`;
    await cluster.ask("DELETE", path);
    await expect.poll(() => hints.has(drone.handle), { timeout: 10_000 }).toBe(true);
  });

  it.each([
    ["absent:1", "its image cannot be fetched"],
    ["crash:1", "exited with code 3"],
    ["oom:1", "killed: it used more memory than it may"],
  ])("tell of %s why it ended", async (image, reason) => {
    const launcher = open();
    const { handle } = await start(launcher, { image });
    await endReason(launcher, handle).toBe(reason);
  });

  it("hurry a pod that takes longer than it may", async () => {
    const launcher = open();
    const { handle } = await start(launcher, { image: "stay:1" });
    await expect.poll(async () => (await launcher.get(handle))?.phase).toBe("running");
    expect(await launcher.end(handle, 60_000)).toBe("ending");
    await expect
      .poll(async () => (await all("api/v1", "pods")).map((pod) => recordAt(pod, "metadata")))
      .toMatchObject([{ deletionGracePeriodSeconds: 5 }]);
    expect(await launcher.end(handle, 60_000)).toBe("ending");
    await gone(launcher, handle, 100);
  });

  it("are refused in the four decisions", async () => {
    const refused = (launcher: Launcher, run: Partial<ImageRun> = {}) =>
      expect(start(launcher, run)).rejects;
    await refused(open(kubeconfigOf(cluster, "nobody"))).toMatchObject({ code: "launcher_denied" });
    await refused(open(kubeconfigOf(cluster, "guest"))).toMatchObject({
      code: "launcher_denied",
      message: expect.stringContaining('deployments in namespace "fleet"'),
    });
    const limits = { memoryBytes: -1, cpus: 1, pids: 1 };
    await refused(open(), { limits }).toMatchObject({ code: "launcher_denied" });
    const admin = open(kubeconfigOf(cluster, "admin"), "no-such-namespace");
    await refused(admin).toMatchObject({ message: expect.stringContaining("no namespace") });
    expect(await open().list()).toEqual([]);
  });

  it("tell that the namespace's quota is used up", async () => {
    const path = `/api/v1/namespaces/${cluster.namespace}/resourcequotas`;
    await cluster.ask("POST", path, { metadata: { name: "none" }, spec: { hard: { pods: "0" } } });
    try {
      const used = async () => recordAt(await cluster.ask("GET", `${path}/none`), "status", "hard");
      await expect.poll(used, { timeout: 10_000 }).toEqual({ pods: "0" });
      const launcher = open();
      const { handle } = await start(launcher);
      await endReason(launcher, handle).toMatch(/no pod could be made: .*exceeded quota/);
    } finally {
      await cluster.ask("DELETE", `${path}/none`);
    }
  });
});
