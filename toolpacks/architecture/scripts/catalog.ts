/** Writes `catalog.gen.json`: what the fleet answers lists from while this worker sleeps. Run after changing a tool. */
import { writeFile } from "node:fs/promises";
import { catalogOf } from "flotilla/worker";
import { architectureWorker } from "../src/worker.ts";

const text = `${JSON.stringify(catalogOf(architectureWorker()), null, 2)}\n`;
await writeFile(new URL("../catalog.gen.json", import.meta.url), text);
