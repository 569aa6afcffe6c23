import { describe, expect, it } from "vitest";
import { createStage } from "../testing/stage.ts";
import { workerSpec } from "../testing/fleet.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function started(...names: string[]) {
  const s = createStage({ settle });
  await s.coordinator.start();
  await s.apply(...names.map((name) => workerSpec(name)));
  await settle();
  return s;
}
const send = (s: Awaited<ReturnType<typeof started>>, path: string, init: RequestInit) =>
  s.coordinator.fetch(new Request(`http://localhost${path}`, init));

describe("the API", () => {
  it("tells the fleet's state", async () => {
    const s = await started("beta", "alpha");
    const { status, body } = await s.api("fleet");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      version: "0.0.0-test",
      leader: "here",
      workers: [
        { name: "alpha", health: { state: "asleep" }, drones: [], offers: null },
        { name: "beta" },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/hush|secret-argument/);
  });

  it("spawns, lists and retires drones", async () => {
    const s = await started("alpha");
    const made = await s.api("drones", {
      method: "POST",
      body: { worker: "alpha", by: "me\u0007" },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { id: "drone-1", phase: "starting", reason: "asked for by me" },
    });
    await settle();
    expect(await s.api("drones")).toMatchObject({
      status: 200,
      body: { drones: [{ id: "drone-1", phase: "ready" }] },
    });
    expect(await s.api("drones", { method: "POST", body: { worker: "alpha" } })).toMatchObject({
      status: 503,
      body: { error: { code: "overloaded" } },
    });
    expect(await s.api("workers/alpha/retire", { method: "POST", body: {} })).toMatchObject({
      status: 200,
      body: { worker: "alpha", retired: ["drone-1"] },
    });
    expect(await s.api("drones/drone-1", { method: "DELETE" })).toMatchObject({
      status: 202,
      body: { phase: "draining" },
    });
  });

  it("reloads the configuration", async () => {
    const s = await started("alpha");
    s.fleet.spec = { workers: [workerSpec("alpha"), workerSpec("beta")] };
    expect(await s.api("reload", { method: "POST", body: {} })).toEqual({
      status: 200,
      body: { workers: 2, changed: ["beta"] },
    });
    expect(await s.api("workers/beta")).toMatchObject({ status: 200 });
  });

  it.each([
    ["workers/nobody", ["GET", 404, "worker_unknown"] as const],
    ["workers/nobody/wake", ["POST", 404, "worker_unknown"] as const],
    ["drones/nothing", ["DELETE", 404, "not_found"] as const],
    ["nowhere", ["GET", 404, "not_found"] as const],
    ["fleet", ["POST", 405, "bad_request"] as const],
    ["events?topic=gossip", ["GET", 400, "bad_request"] as const],
    ["events?limit=0", ["GET", 400, "bad_request"] as const],
    ["events?after=calls%25,x", ["GET", 400, "bad_request"] as const],
    ["workers/%E0%A4%A", ["GET", 400, "bad_request"] as const],
  ])("refuses %s: %j, with a hint", async (path, [method, status, code]) => {
    const s = await started("alpha");
    const answer = await s.api(path, { method });
    expect(answer).toMatchObject({
      status,
      body: { error: { code, hint: expect.stringMatching(/\w/) } },
    });
  });

  it("names the allowed methods", async () => {
    const s = await started("alpha");
    const response = await send(s, "/api/v1/drones", { method: "PUT" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
  });

  it.each([
    ["{", "application/json", 400],
    ["[]", "application/json", 400],
    ['{"by":1}', "application/json", 400],
    ['{"by":"me"}', "text/plain", 400],
    [`{"by":"${"x".repeat(20_000)}"}`, "application/json", 413],
  ])("refuses the body %.20s as %s with %i", async (body, type, status) => {
    const s = await started("alpha");
    const response = await send(s, "/api/v1/workers/alpha/wake", {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
    expect(response.status).toBe(status);
    expect(s.store.peek("wake/")).toEqual([]);
  });

  it("stops reading a body that never ends", async () => {
    const s = await started("alpha");
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const response = await send(s, "/api/v1/drones", {
      method: "POST",
      body,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(64 * 1024);
  });

  it("keeps to itself what went wrong inside", async () => {
    const s = await started("alpha");
    s.store.leases.get = async () => {
      throw new Error("password is hunter2");
    };
    const { status, body } = await s.api("fleet");
    expect([status, JSON.stringify(body)]).toEqual([500, expect.not.stringContaining("hunter2")]);
  });
});
