import { serve } from "flotilla/worker";
import { apiWorker } from "./worker.ts";

await serve(apiWorker());
