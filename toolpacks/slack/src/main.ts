import { serve } from "flotilla/worker";
import { createWorker } from "./worker.ts";

await serve(createWorker());
