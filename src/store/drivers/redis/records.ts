import type { Clock } from "../../../protocol/clock.ts";
import type { PutOptions, RecordStore, StoredRecord } from "../../contract.ts";
import { createExpiry, type Expiry } from "../../feeds/expiry.ts";
import {
  checkKey,
  checkTime,
  encodeValue,
  MAX_LISTED_RECORDS,
  tooManyRecords,
} from "../../limits.ts";
import type { RedisLink } from "./link.ts";
import { RECORDS } from "./scripts.ts";
import { createRedisWatch } from "./watch.ts";

export interface RedisRecords {
  records: RecordStore;
  close(): void;
}

export function createRedisRecords(link: RedisLink, clock: Clock): RedisRecords {
  const keys = ["values", "index", "expiry", "version"].map((part) => link.key("records", part));
  /** The fifth key is the lease of a fence; without one, any key of the fleet will do. */
  const keysWith = ({ fence }: PutOptions): string[] => [
    ...keys,
    fence === undefined ? link.key("records", "values") : link.key("lease", fence.name),
  ];
  const conditions = ({ ifVersion, fence }: PutOptions): string[] => [
    String(ifVersion ?? ""),
    String(fence?.token ?? ""),
  ];
  const list = async (prefix: string): Promise<StoredRecord[]> => {
    const most = MAX_LISTED_RECORDS;
    const found = await link.run(RECORDS.list, keys, [link.channel, prefix, String(most)]);
    if (!Array.isArray(found)) throw tooManyRecords(prefix);
    return pairs(found).map(([key, packed]) => recordOf(key, packed));
  };
  const many = async (wanted: readonly string[]): Promise<(StoredRecord | undefined)[]> => {
    const found = texts(await link.run(RECORDS.many, keys, [link.channel, ...wanted]));
    return wanted.map((key, index) => {
      const packed = found[index] ?? "";
      return packed === "" ? undefined : recordOf(key, packed);
    });
  };
  const expiry = expireWith(link, clock, keys);
  const watches = createRedisWatch({ link, clock, list, many });
  link.onTold((told) => {
    if (told === undefined) expiry.noLaterThan(clock.now());
    else if (told.kind === "p" && told.expiresAtMs > 0) expiry.noLaterThan(told.expiresAtMs);
  });

  const records: RecordStore = {
    async get(key) {
      const packed = await link.run(RECORDS.get, keys, [link.channel, key]);
      return typeof packed === "string" ? recordOf(key, packed) : undefined;
    },
    list,
    async put(key, value, options = {}) {
      checkKey(key);
      const text = encodeValue(value);
      const expiresAtMs = String(checkTime(options.expiresAtMs) ?? 0);
      const args = [link.channel, key, text, expiresAtMs, ...conditions(options)];
      const [said, version] = texts(await link.run(RECORDS.put, keysWith(options), args));
      if (said === "conflict" || said === "fenced") return { ok: false, reason: said };
      return { ok: true, version: Number(version) };
    },
    async delete(key, options = {}) {
      const args = [link.channel, key, ...conditions(options)];
      return (await link.run(RECORDS.delete, keysWith(options), args)) === 1;
    },
    watch: watches.watch,
  };
  return {
    records,
    close() {
      expiry.cancel();
      watches.close();
    },
  };
}

const EXPIRED_AT_ONCE = 1_000;
const SOONEST_MS = 20;
/** The server's clock decides, and whoever put a record may be gone: everyone looks now and then. */
const LATEST_MS = 5_000;

function expireWith(link: RedisLink, clock: Clock, keys: readonly string[]): Expiry {
  const removeSome = async (): Promise<void> => {
    let waitMs = LATEST_MS;
    try {
      const args = [link.channel, String(EXPIRED_AT_ONCE)];
      const soonest = Number(await link.run(RECORDS.expire, keys, args));
      if (soonest >= 0) waitMs = Math.min(Math.max(soonest, SOONEST_MS), LATEST_MS);
    } catch {
      // Thrown in a timer it would end the process. Reads pass over expired records, and tell their caller of trouble.
    }
    if (!isOver) expiry.noLaterThan(clock.now() + waitMs);
  };
  let isOver = false;
  const expiry = createExpiry(clock, () => {
    expiry.next(Infinity);
    void removeSome();
  });
  expiry.next(clock.now() + LATEST_MS);
  return {
    ...expiry,
    cancel() {
      isOver = true;
      expiry.cancel();
    },
  };
}

function recordOf(key: string, packed: string): StoredRecord {
  const [, version, text] = /^(\d+) \d+ (.*)$/s.exec(packed) ?? [];
  return { key, value: JSON.parse(text ?? "null"), version: Number(version) };
}

function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

function pairs(flat: readonly unknown[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2)
    found.push([String(flat[at]), String(flat[at + 1])]);
  return found;
}
