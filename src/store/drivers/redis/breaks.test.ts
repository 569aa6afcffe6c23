/** What happens to a fleet's memory when its Redis is slow, restarts, or another server takes over. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import type { Store } from "../../contract.ts";
import { connectRedisStore } from "../redis.node.ts";
import { REDIS_NEEDED, REDIS_SERVER, startRedis } from "./testing/server.node.ts";
import type { RedisServer } from "./testing/server.node.ts";

describe.skipIf(REDIS_SERVER === undefined)(`Redis that fails ${REDIS_NEEDED}`, () => {
  let server: RedisServer;
  let store: Store;
  const ending = new AbortController();
  beforeEach(async () => {
    server = await startRedis();
    store = await connectRedisStore({ url: server.url, clock: systemClock, timeoutMs: 500 });
    return async () => {
      await store.close();
      await server[Symbol.asyncDispose]();
    };
  });
  afterEach(() => expect(ending.signal.aborted).toBe(false));

  it("keeps what was acknowledged across kill -9, and watches and subscriptions miss nothing", async () => {
    await store.records.put("a", 1);
    await store.records.put("gone", 1);
    const lease = await store.leases.acquire("leader", "me", 60_000);
    await store.queue.push("q", [{ id: "1", payload: "x" }]);
    const first = await store.events.append("t", ["one"]);
    const seen = new Map<string, unknown>();
    const told: unknown[] = [];
    const follow = async (): Promise<void> => {
      for await (const { changes } of store.records.watch("", ending.signal))
        for (const change of changes) {
          if (change.kind === "put") seen.set(change.record.key, change.record.value);
          else seen.delete(change.key);
        }
    };
    const listen = async (): Promise<void> => {
      for await (const events of store.events.subscribe("t", ending.signal, first))
        told.push(...events.map(({ value }) => value));
    };
    const feeds = [follow(), listen()];
    await expect.poll(() => seen.get("a")).toBe(1);
    await server.kill();
    await expect(store.records.put("b", 1)).rejects.toMatchObject({ code: "store_unreadable" });
    await server.start();
    // Somebody else writes before this handle has its connection again.
    const other = await connectRedisStore({ url: server.url, clock: systemClock });
    await other.records.put("c", 3);
    await other.records.delete("gone");
    await other.events.append("t", ["two"]);
    await expect.poll(() => [...seen.keys()].toSorted(), { timeout: 10_000 }).toEqual(["a", "c"]);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["two"]);
    expect(await store.leases.get("leader")).toEqual(lease);
    expect(await store.queue.claim("q", 1, 1_000)).toMatchObject([{ id: "1", payload: "x" }]);
    await other.close();
    await store.close();
    await Promise.all(feeds);
  });

  it("says what is wrong, without the password, when Redis stands still or is not there", async () => {
    await server.command("CLIENT", "PAUSE", "1500", "ALL");
    const slow = store.records.get("a");
    await expect(slow).rejects.toMatchObject({ code: "store_unreadable" });
    await expect(slow).rejects.toThrow(`Redis at 127.0.0.1:${server.port} cannot be used.`);
    const nowhere = connectRedisStore({
      url: "redis://me:hunter2@127.0.0.1:1",
      clock: systemClock,
    });
    const error: unknown = await nowhere.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "store_unreadable",
      hint: expect.stringContaining("runs"),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  it("gives no token twice when a replica that missed the last ones takes over", async () => {
    const before = await store.leases.acquire("leader", "a", 100);
    const version = await store.records.put("k", 1);
    // A replica that knows nothing of either: the worst that a fail-over can lose.
    await server.command("FLUSHALL");
    const after = await store.leases.acquire("leader", "b", 60_000);
    expect(after?.token).toBeGreaterThan(before?.token ?? Infinity);
    const next = await store.records.put("k", 2);
    expect(next.ok && version.ok && next.version > version.version).toBe(true);
    const stale = { fence: { name: "leader", token: before?.token ?? 0 } };
    expect(await store.records.put("k", 3, stale)).toEqual({ ok: false, reason: "fenced" });
  });
});
