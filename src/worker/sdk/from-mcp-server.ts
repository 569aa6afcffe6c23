import type { Worker } from "../contract.ts";
import type { SdkServer } from "./inner-client.ts";

/**
 * A server made with the official TypeScript SDK, version 1 or 2, as a worker: what it has is listed through it and called
 * through it, so that it runs wherever a worker does and serves both eras, unchanged. It costs what the SDK costs.
 *
 * The server must not be connected yet. Its lists are read now, and again when it says that they changed. A tool that asks
 * its client runs again from its start for a modern one, as with the kit's own `ask`.
 */
export async function fromMcpServer(server: SdkServer): Promise<Worker> {
  const { adapt } = await import("./adapt.ts");
  return adapt(server);
}
