import type { StoreCase } from "./case.ts";
import { eventCases } from "./events.ts";
import { leasesModelCase } from "./leases-model.ts";
import { leaseCases } from "./leases.ts";
import { lifecycleCases } from "./lifecycle.ts";
import { queueModelCase } from "./queue-model.ts";
import { queueCases } from "./queue.ts";
import { recordsModelCase } from "./records-model.ts";
import { recordCases } from "./records.ts";
import { watchCases } from "./watch.ts";

/** Every promise of the contract that a test can hold a driver to. */
export const STORE_CASES: readonly StoreCase[] = [
  ...recordCases,
  recordsModelCase,
  ...watchCases,
  ...leaseCases,
  leasesModelCase,
  ...queueCases,
  queueModelCase,
  ...eventCases,
  ...lifecycleCases,
];
