/** Published documents, and the worker that one becomes, as a client meets it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { toolpackClient, type ToolpackClient } from "flotilla/worker/conformance";
import { readSettings, SETTINGS_VARIABLE } from "../src/settings.ts";
import { createWorker, type WorkerParts } from "../src/worker.ts";

const require = createRequire(import.meta.url);
export const EXAMPLES = dirname(require.resolve("@readme/oas-examples/package.json"));

/** `3.0/json/petstore.json` */
export function published(name: string): string {
  return readFileSync(join(EXAMPLES, name), "utf8");
}

export function settingsOf(settings: Record<string, unknown>) {
  return readSettings({
    [SETTINGS_VARIABLE]: JSON.stringify({ document: "/api.json", ...settings }),
  });
}

export async function workerOf(
  text: string,
  settings: Record<string, unknown> = {},
  parts: WorkerParts = {},
): Promise<ToolpackClient> {
  return toolpackClient(await createWorker(settingsOf(settings), text, parts));
}
