/** Several gateways, one drone of the era that can be greeted only once, and the one process that holds it. */
import { describe, expect, test } from "vitest";
import { linkPair } from "../../protocol/link-pair.ts";
import { createPeer, type Peer } from "../../protocol/peer.ts";
import { systemClock } from "../../protocol/system-clock.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { fakeWorker, type FakeWorker } from "../testing/fake-worker.ts";
import { testFleet, type TestFleet } from "../testing/fleet.ts";
import { createMemoryStore } from "../../store/memory.ts";
import type { UpstreamCall, UpstreamClient } from "../upstream/contract.ts";
import { connectForwarded } from "./forwarded-client.ts";
import { createOwnerDesk } from "./owner-desk.ts";
import { claimOwnership } from "./ownership.ts";

const TOKEN = 7;

interface Held {
  fleet: TestFleet;
  worker: FakeWorker;
  /** A gateway's way to the drone, and the connection under it. */
  gateway(token?: number): Promise<{ client: UpstreamClient; link: Peer; changes: string[] }>;
}

async function held(on?: Parameters<typeof fakeWorker>[0]["on"]): Promise<Held> {
  const capabilities = { tools: {}, resources: { subscribe: true } };
  const worker = fakeWorker({ era: "legacy", capabilities, ...(on === undefined ? {} : { on }) });
  const fleet = await testFleet();
  await fleet.addWorker("w");
  const drone = await fleet.addDrone("w", () => worker);
  return {
    fleet,
    worker,
    async gateway(token = TOKEN) {
      const [near, far] = linkPair();
      createPeer(far, createOwnerDesk({ router: fleet.router, token: () => TOKEN }));
      const link = createPeer(near);
      const changes: string[] = [];
      const client = await connectForwarded({
        peer: link,
        token,
        drone,
        signal: new AbortController().signal,
        onChange: (method) => changes.push(method),
      });
      return { client, link, changes };
    },
  };
}

const call = (change: Partial<UpstreamCall> = {}): UpstreamCall => ({
  method: "tools/call",
  params: { name: "echo", arguments: {} },
  client: { principal: "local", capabilities: {} },
  wantsProgress: false,
  signal: new AbortController().signal,
  notify: () => {},
  ...change,
});

describe("a legacy drone used by several gateways", () => {
  test("is dialled once and initialised once, and each call runs once", async () => {
    const { worker, gateway } = await held(({ method }) =>
      method === "tools/call" ? { content: [] } : undefined,
    );
    const gateways = await Promise.all([gateway(), gateway(), gateway()]);
    const answers = await Promise.all(gateways.map(({ client }) => client.call(call())));
    expect(answers.map(({ kind }) => kind)).toEqual(["result", "result", "result"]);
    expect(worker.countOf("initialize")).toBe(1);
    expect(worker.countOf("tools/call")).toBe(3);
  });

  test("hands progress to the caller alone, before the answer", async () => {
    const { gateway } = await held(({ method, params }, worker) => {
      if (method !== "tools/call") return undefined;
      const meta = params["_meta"] as { progressToken?: number } | undefined;
      const { progressToken } = meta ?? {};
      if (progressToken !== undefined)
        worker.notify("notifications/progress", { progressToken, progress: 1 });
      return { content: [] };
    });
    const [one, other] = [await gateway(), await gateway()];
    const heard: string[] = [];
    const asked = call({ wantsProgress: true, notify: (method) => heard.push(method) });
    await Promise.all([
      one.client.call(asked).then(() => heard.push("answer")),
      other.client.call(call({ notify: () => heard.push("other") })),
    ]);
    expect(heard).toEqual(["notifications/progress", "answer"]);
  });

  test("a gateway that is gone takes its own calls with it, and no other's", async () => {
    let release: (() => void) | undefined;
    const { worker, gateway } = await held(async ({ method }) => {
      if (method !== "tools/call") return undefined;
      if (worker.countOf("tools/call") === 1) return "never";
      await new Promise<void>((resolve) => (release = resolve));
      return { content: [] };
    });
    const [dying, living] = [await gateway(), await gateway()];
    const lost = dying.client.call(call());
    const kept = living.client.call(call());
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
    dying.link.close();
    await expect(lost).rejects.toMatchObject({ code: "drone_lost" });
    while (worker.countOf("notifications/cancelled") === 0)
      await new Promise((resolve) => setImmediate(resolve));
    release();
    expect((await kept).kind).toBe("result");
    expect(worker.countOf("notifications/cancelled")).toBe(1);
  });

  test("what was sent may have run; what was not sent provably did not", async () => {
    const { gateway } = await held(({ method }) => (method === "tools/call" ? "never" : undefined));
    const { client, link } = await gateway();
    const sent = client.call(call()).catch((error: unknown) => error);
    link.close();
    expect(await sent).not.toHaveProperty("data.sent", false);
    await expect(client.call(call())).rejects.toMatchObject({
      code: "drone_lost",
      data: { sent: false },
    });
    expect(await client.closed).toHaveProperty("reason");
  });

  test("a request that was meant for another owner is refused before anything is sent", async () => {
    const { gateway, worker } = await held();
    await expect(gateway(TOKEN - 1)).rejects.toMatchObject({
      code: "drone_lost",
      data: { sent: false },
    });
    expect(worker.countOf("initialize")).toBe(0);
  });
});

describe("ownership", () => {
  const options = (store: ReturnType<typeof createMemoryStore>) => ({
    store,
    node: "n1",
    address: "/run/hub.sock",
    clock: systemClock,
    telemetry: silentTelemetry,
  });

  test("goes to whoever starts on the node last, with a newer token", async () => {
    const store = createMemoryStore({ clock: systemClock });
    const first = await claimOwnership(options(store));
    const second = await claimOwnership({ ...options(store), address: "/run/new.sock" });
    expect(second.token).toBeGreaterThan(first.token);
    expect((await store.records.get("owner/n1"))?.value).toMatchObject({
      address: "/run/new.sock",
      token: second.token,
    });
    // The older one takes nothing away that is not its own any more.
    await first.release();
    expect(await store.records.get("owner/n1")).toBeDefined();
    await second.release();
    expect(await store.records.get("owner/n1")).toBeUndefined();
  });
});
