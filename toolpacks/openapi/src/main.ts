import { serve } from "flotilla/worker";
import { loadText } from "./load.node.ts";
import { readSettings } from "./settings.ts";
import { createWorker } from "./worker.ts";

const settings = readSettings(process.env);
await serve(await createWorker(settings, await loadText(settings.document)));
