/** What a person sees once the fleet is up. The first line is fixed: scripts and supervisors wait for it. */
import type { WorkerSpec } from "../../protocol/index.ts";
import type { Paint } from "../ui/paint.ts";

export function readyLines(ready: { url: string; workers: WorkerSpec[]; paint: Paint }): string[] {
  const { url, workers, paint } = ready;
  const tools = workers.reduce((sum, worker) => sum + (worker.catalog?.tools.length ?? 0), 0);
  const unknown = workers.filter((worker) => worker.catalog === undefined).length;
  const known = tools === 0 ? "" : `, ${tools} tools known`;
  const more = unknown === 0 ? "" : `; ${unknown} to be asked when first listed`;
  return [
    `Flotilla is ready at ${paint.bold(url)}`,
    "",
    `  MCP endpoint  ${url}/mcp`,
    `  Dashboard     ${url}/`,
    `  Workers       ${workers.length}${known}${more}`,
    "",
    paint.dim("  flotilla tools     what it can do"),
    paint.dim("  flotilla connect   add it to your client"),
    paint.dim("  Ctrl+C             stop"),
  ];
}
