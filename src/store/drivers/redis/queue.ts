import type { ClaimedItem, WorkQueue } from "../../contract.ts";
import {
  boundedCount,
  checkDuration,
  checkKey,
  checkTime,
  encodeItem,
  MAX_CLAIMED_AT_ONCE,
} from "../../limits.ts";
import type { RedisLink } from "./link.ts";
import { QUEUE, QUEUE_PARTS } from "./queue-scripts.ts";
import type { Script } from "./scripts.ts";

const MAX_ERROR_CHARS = 2_000;
/** Items of one push in one step of the server, which does nothing else meanwhile. */
const PUSHED_AT_ONCE = 500;

export function createRedisQueue(link: RedisLink): WorkQueue {
  const run = (script: Script, queue: string, args: readonly string[]): Promise<unknown> => {
    const keys = QUEUE_PARTS.map((part) => link.key("queue", queue, part));
    return link.run(script, keys, args);
  };
  /** What a receipt allows; what is no receipt of ours allows nothing. */
  const answer = async (
    script: Script,
    { queue, receipt }: { queue: string; receipt: string },
    args: readonly string[] = [],
  ): Promise<boolean> => {
    const [, position = "", attempt = "", id = ""] = RECEIPT.exec(receipt) ?? [];
    return (await run(script, queue, [id, position, attempt || "0", ...args])) === 1;
  };
  return {
    async push(queue, items) {
      checkKey(queue);
      const rows = items.map(encodeItem);
      let added = 0;
      for (let at = 0; at < rows.length; at += PUSHED_AT_ONCE) {
        const args = rows
          .slice(at, at + PUSHED_AT_ONCE)
          .flatMap((row) => [row.id, row.text, String(row.notBeforeMs), String(row.maxAttempts)]);
        added += Number(await run(QUEUE.push, queue, args));
      }
      return added;
    },
    async claim(queue, max, visibilityMs) {
      checkDuration(visibilityMs);
      const count = boundedCount(max, MAX_CLAIMED_AT_ONCE);
      return itemsOf(await run(QUEUE.claim, queue, [String(count), String(visibilityMs)]));
    },
    async extend(queue, receipt, visibilityMs) {
      checkDuration(visibilityMs);
      return answer(QUEUE.extend, { queue, receipt }, [String(visibilityMs)]);
    },
    complete: (queue, receipt) => answer(QUEUE.complete, { queue, receipt }),
    async fail(queue, receipt, { error, retryAtMs }) {
      const atMs = String(checkTime(retryAtMs) ?? "");
      return answer(QUEUE.fail, { queue, receipt }, [error.slice(0, MAX_ERROR_CHARS), atMs]);
    },
    async stats(queue) {
      const reply = await run(QUEUE.stats, queue, []);
      const [waiting = 0, claimed = 0, dead = 0] = Array.isArray(reply) ? reply.map(Number) : [];
      return { waiting, claimed, dead };
    },
  };
}

/** Position, attempt, id. */
const RECEIPT = /^(\d{1,16})\.(\d{1,9})\.([\x21-\x7e]+)$/;

function itemsOf(reply: unknown): ClaimedItem[] {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  const items: ClaimedItem[] = [];
  for (let at = 0; at + 4 < flat.length; at += 5) {
    const [id = "", payload = "null", position = "", attempt = "", untilMs = ""] = flat.slice(at);
    items.push({
      id,
      payload: JSON.parse(payload),
      attempt: Number(attempt),
      receipt: `${position}.${attempt}.${id}`,
      visibleUntilMs: Number(untilMs),
    });
  }
  return items;
}
