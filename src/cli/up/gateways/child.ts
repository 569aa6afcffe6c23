/** Where a gateway process begins: waits to be told who it is, and ends when nobody is there to tell it anything. */
import { enableCompileCache } from "node:module";
import type { FromGateway, GatewayStart } from "./messages.ts";

enableCompileCache();

const tell = (message: FromGateway): void => void process.send?.(message, () => {});

// The process that started it is gone, however it went: nothing may outlive it.
process.once("disconnect", () => process.exit(0));
// Ctrl+C reaches every process of the terminal. When to end is told, calls under way come first.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});

const loading = import("./gateway-process.ts");
process.once("message", (start: GatewayStart) => {
  loading
    .then(({ runGateway }) => runGateway(start, tell))
    .catch((error: unknown) => {
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
      // The message goes out first; a failed start has nothing else to finish.
      setImmediate(() => process.exit(1));
    });
});
