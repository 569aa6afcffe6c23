/** Writes what became of an item, for as long as this runner may: under the fence of its lease, over nothing newer. */
import {
  batchKeys,
  BATCH,
  type BatchRecord,
  type ItemRecord,
  readItem,
  resultShare,
} from "../../protocol/batches.ts";
import { type Clock, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Lease, RecordStore, StoredRecord } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import { placeOf, type Verdict } from "./item-state.ts";

export interface ItemWriterOptions {
  records: Pick<RecordStore, "get" | "put">;
  clock: Clock;
  telemetry: Telemetry;
  batch: BatchRecord;
  lease: () => Lease;
  /** Nothing is written any more. */
  signal: AbortSignal;
}

export interface SeenItem {
  record: ItemRecord | undefined;
  version: number | "absent";
}

export interface ItemWriter {
  read(index: number): Promise<SeenItem>;
  /**
   * False when somebody else wrote first, or the lease is lost: then that counts. Tries again while the store is away;
   * rejects when it stays away.
   */
  write(
    index: number,
    said: Exclude<Verdict, { do: "drop" }>,
    at: { seen: SeenItem; claim: number },
  ): Promise<"written" | "conflict" | "fenced">;
}

const TRIES = 20;
const AGAIN_MS = 500;

export function createItemWriter(options: ItemWriterOptions): ItemWriter {
  const { records, clock, batch, lease } = options;
  const share = resultShare(batch.total);
  const expiresAtMs = batch.deadlineAtMs + BATCH.keepMs;

  return {
    read: async (index) => seenOf(await records.get(batchKeys.item(batch.id, index))),
    async write(index, said, { seen, claim }) {
      const record: ItemRecord = { state: "again", runs: said.runs, atMs: clock.now() };
      if (said.error !== undefined) record.error = said.error;
      if (said.do === "again") record.claim = claim;
      else record.state = said.state;
      const result = said.do === "end" ? said.result : undefined;
      const { name, token } = lease();
      const fence = { name, token };
      return stubborn(options, async () => {
        if (result !== undefined) {
          const place = placeOf(result, share);
          if (place === "inline") record.result = result;
          else record.resultIs = place;
          if (place === "apart") {
            await records.put(
              batchKeys.result(batch.id, index),
              { result },
              { expiresAtMs, fence },
            );
          }
        }
        const put = await records.put(batchKeys.item(batch.id, index), record, {
          ifVersion: seen.version,
          expiresAtMs,
          fence,
        });
        return put.ok ? "written" : put.reason;
      });
    },
  };
}

function seenOf(stored: StoredRecord | undefined): SeenItem {
  return { record: readItem(stored?.value), version: stored?.version ?? "absent" };
}

/** An outcome that is not written is lost, so a store that is being restarted is waited for. */
async function stubborn<T>(
  { clock, telemetry, signal }: ItemWriterOptions,
  write: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (tries >= TRIES || signal.aborted) throw error;
      if (tries === 1) {
        telemetry.log.warn("writing of a batch's item failed", { reason: messageOf(error) });
      }
      await sleep(clock, AGAIN_MS, signal);
    }
  }
}
