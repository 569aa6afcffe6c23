export { createMemoryStore } from "./memory.ts";
export { instrumentStore } from "./instrumented.ts";
export type {
  ClaimedItem,
  EventLog,
  Fence,
  Lease,
  LeaseStore,
  PutOptions,
  PutOutcome,
  QueueFailure,
  QueueItem,
  RecordBatch,
  RecordChange,
  RecordStore,
  Store,
  StoreCapabilities,
  StoredEvent,
  StoredRecord,
  WorkQueue,
} from "./contract.ts";
