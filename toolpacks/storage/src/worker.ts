/** Storage as a worker. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { openStore, type StoreParts } from "./objects/index.ts";
import { onceOpened } from "./store.ts";
import { storageDelete } from "./tools/storage-delete.ts";
import { storageGet } from "./tools/storage-get.ts";
import { storageList } from "./tools/storage-list.ts";
import { storagePut } from "./tools/storage-put.ts";
import { storageSign } from "./tools/storage-sign.ts";

const INSTRUCTIONS =
  "One bucket, container or folder, chosen by the operator. Look with storage_list, read with storage_get. storage_put replaces without asking, storage_delete cannot be undone. storage_sign makes an address for somebody without credentials.";

export function createWorker(parts: Partial<StoreParts> = {}): Worker {
  const whole = { env: process.env, fetch, now: Date.now, ...parts };
  const store = onceOpened(() => openStore(whole));
  return defineWorker({
    name: "storage",
    version: "0.1.0",
    title: "Storage",
    instructions: INSTRUCTIONS,
    tools: [storageList, storageGet, storagePut, storageDelete, storageSign].map((tool) =>
      tool(store),
    ),
  });
}
