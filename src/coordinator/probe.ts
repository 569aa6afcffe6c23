import type { DroneRecord } from "../protocol/records.ts";

/**
 * Connects to a drone and does the first handshake; the drone turns `ready` when it resolves. Rejects with why it
 * cannot serve. Stops at once when `signal` aborts. Handed in, because only a gateway speaks to drones.
 */
export type Probe = (drone: DroneRecord, signal: AbortSignal) => Promise<void>;
