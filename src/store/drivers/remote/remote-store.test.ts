import { describe, expect, test } from "vitest";
import { linkPair } from "../../../protocol/link-pair.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import { createPeer, type Peer } from "../../../protocol/peer.ts";
import { systemClock } from "../../../protocol/system-clock.ts";
import type { RecordBatch, Store } from "../../contract.ts";
import { createMemoryStore } from "../../memory.ts";
import { createRemoteStore } from "./remote-store.ts";
import { serveStore } from "./serve-store.ts";

/** A store and its remote client, with a line that can be cut. */
function fixture(): {
  held: Store;
  remote: Store;
  cut: () => void;
  connects: () => number;
} {
  const held = createMemoryStore({ clock: systemClock });
  let current: Peer | undefined;
  let connects = 0;
  const connect = async (): Promise<MessageLink> => {
    const [near, far] = linkPair();
    current = createPeer(far, serveStore(held));
    connects += 1;
    return near;
  };
  const remote = createRemoteStore({ connect, clock: systemClock });
  return { held, remote, cut: () => current?.close(), connects: () => connects };
}

/** Reads one batch after the other, as a reader that is in no hurry. */
function reader<T>(feed: AsyncIterable<T>): () => Promise<T> {
  const iterator = feed[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error("the feed ended");
    return value;
  };
}

describe("records", () => {
  test("are written, read, compared and deleted at the holder", async () => {
    const { held, remote } = fixture();
    expect(await remote.records.get("a")).toBeUndefined();
    const first = await remote.records.put("a", { n: 1 }, { ifVersion: "absent" });
    expect(first.ok).toBe(true);
    expect(await remote.records.put("a", 2, { ifVersion: "absent" })).toEqual({
      ok: false,
      reason: "conflict",
    });
    expect((await held.records.get("a"))?.value).toEqual({ n: 1 });
    expect(await remote.records.list("a")).toHaveLength(1);
    expect(await remote.records.delete("a")).toBe(true);
    expect(await remote.records.delete("a")).toBe(false);
  });

  test("that are no JSON, or whose key is none, never travel", async () => {
    const { remote, connects } = fixture();
    await expect(remote.records.put("a", () => 1)).rejects.toMatchObject({ code: "bad_request" });
    await expect(remote.records.put("a b", 1)).rejects.toMatchObject({ code: "bad_request" });
    expect(connects()).toBe(0);
  });

  test("a watch goes on over a break: one snapshot, and what changed meanwhile", async () => {
    const { held, remote, cut } = fixture();
    await held.records.put("w/kept", 1);
    await held.records.put("w/gone", 1);
    await held.records.put("w/changed", 1);
    const next = reader<RecordBatch>(remote.records.watch("w/", AbortSignal.timeout(10_000)));
    const first = await next();
    expect(first.snapshot).toBe(true);
    expect(first.changes).toHaveLength(3);
    cut();
    await held.records.delete("w/gone");
    await held.records.put("w/changed", 2);
    await held.records.put("w/new", 1);
    const told = new Map<string, unknown>();
    while (told.size < 3) {
      const batch = await next();
      expect(batch.snapshot).toBe(false);
      for (const change of batch.changes) {
        if (change.kind === "put") told.set(change.record.key, change.record.value);
        else told.set(change.key, "deleted");
      }
    }
    expect([...told].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ["w/changed", 2],
      ["w/gone", "deleted"],
      ["w/new", 1],
    ]);
  });

  test("a slow reader makes the holder gather, not the line", async () => {
    const { held, remote } = fixture();
    const next = reader<RecordBatch>(remote.records.watch("s/", AbortSignal.timeout(10_000)));
    expect((await next()).changes).toEqual([]);
    for (let n = 1; n <= 2_000; n++) await held.records.put("s/one", n);
    const seen: unknown[] = [];
    while (seen.at(-1) !== 2_000) {
      for (const change of (await next()).changes) {
        if (change.kind === "put") seen.push(change.record.value);
      }
    }
    expect(seen.length).toBeLessThan(20);
  });

  test("a watch ends with its signal and with the store", async () => {
    const { remote } = fixture();
    const stop = new AbortController();
    const one = remote.records.watch("x/", stop.signal)[Symbol.asyncIterator]();
    const other = remote.records.watch("x/", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    await Promise.all([one.next(), other.next()]);
    const ends = Promise.all([one.next(), other.next()]);
    stop.abort();
    await remote.close();
    expect((await ends).map(({ done }) => done)).toEqual([true, true]);
    await expect(remote.records.get("x")).rejects.toMatchObject({ code: "store_unreadable" });
  });
});

describe("the others", () => {
  test("leases fence, whoever asks", async () => {
    const { held, remote } = fixture();
    const lease = await remote.leases.acquire("l", "me", 10_000);
    expect(await held.leases.acquire("l", "you", 10_000)).toBeUndefined();
    if (lease === undefined) throw new Error("no lease");
    expect((await remote.records.put("f", 1, { fence: lease })).ok).toBe(true);
    await remote.leases.release(lease);
    await held.leases.acquire("l", "you", 10_000);
    expect(await remote.records.put("f", 2, { fence: lease })).toEqual({
      ok: false,
      reason: "fenced",
    });
    expect(await remote.leases.renew(lease, 1_000)).toBeUndefined();
    await expect(remote.leases.acquire("l", "me", Number.NaN)).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("the queue hands out once, across processes", async () => {
    const { held, remote } = fixture();
    expect(await remote.queue.push("q", [{ id: "1", payload: { a: 1 } }])).toBe(1);
    const [item] = await remote.queue.claim("q", 10, 10_000);
    expect(item).toMatchObject({ id: "1", payload: { a: 1 }, attempt: 1 });
    expect(await held.queue.claim("q", 10, 10_000)).toEqual([]);
    expect(await remote.queue.stats("q")).toEqual({ waiting: 0, claimed: 1, dead: 0 });
    expect(await remote.queue.complete("q", item?.receipt ?? "")).toBe(true);
  });

  test("a subscription loses and repeats nothing over a break", async () => {
    const { held, remote, cut } = fixture();
    await held.events.append("t", ["before"]);
    const next = reader(remote.events.subscribe("t", AbortSignal.timeout(10_000)));
    const seen: unknown[] = [];
    const first = next();
    // It begins at about now: go on once it has.
    while (seen.length === 0) {
      await held.events.append("t", ["ping"]);
      const got = await Promise.race([first, new Promise((r) => setImmediate(r))]);
      if (Array.isArray(got)) seen.push(...got.map(({ value }) => value));
    }
    cut();
    await held.events.append("t", ["one", "two"]);
    await held.events.append("t", ["three"]);
    while (seen.at(-1) !== "three") seen.push(...(await next()).map(({ value }) => value));
    expect(seen).not.toContain("before");
    expect(seen.filter((value) => value !== "ping")).toEqual(["one", "two", "three"]);
    expect((await remote.events.tail("t", 1)).map(({ value }) => value)).toEqual(["three"]);
    expect(await remote.events.trim("t", 0)).toBeGreaterThan(3);
  });

  test("a request under way when the line breaks fails; the next one is made on a new line", async () => {
    const { remote, cut, connects } = fixture();
    await remote.records.get("warm");
    const under = remote.records.put("k", 1);
    cut();
    await expect(under).rejects.toMatchObject({ code: "store_unreadable", retryable: true });
    await remote.records.put("k", 2);
    expect((await remote.records.get("k"))?.value).toBe(2);
    expect(connects()).toBe(2);
  });
});
