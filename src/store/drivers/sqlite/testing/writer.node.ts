/** A process that writes until it is killed, and says what was acknowledged: `node writer.node.ts FOLDER ROUND`. */
import { systemClock } from "../../../../protocol/system-clock.ts";
import { createSqliteStore } from "../../sqlite.node.ts";

const [folder = "", round = ""] = process.argv.slice(2);
const store = createSqliteStore({ folder, clock: systemClock });
const lease = await store.leases.acquire("writer", round, 60_000);
process.stdout.write(`lease ${lease?.token}\n`);
/** The parent kills long before; without a parent it ends by itself. */
const MAX_WRITES = 1_000_000;

for (let n = 0; n < MAX_WRITES; n += 1) {
  const id = `${round}-${n}`;
  const put = await store.records.put(`records/${id}`, { id }, { ifVersion: "absent" });
  if (put.ok) process.stdout.write(`record ${id} ${put.version}\n`);
  await store.queue.push("q", [
    { id: `${id}-a`, payload: id },
    { id: `${id}-b`, payload: id },
  ]);
  process.stdout.write(`pushed ${id}\n`);
  const [item] = await store.queue.claim("q", 1, 3_600_000);
  if (item !== undefined && (await store.queue.complete("q", item.receipt))) {
    process.stdout.write(`done ${item.id}\n`);
  }
  process.stdout.write(`event ${await store.events.append("t", [id, id])}\n`);
  // Lets the pipe empty: a line that was not sent is no acknowledgement.
  await new Promise((resolve) => setImmediate(resolve));
}
