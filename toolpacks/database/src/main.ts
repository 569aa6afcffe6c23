import { serve } from "flotilla/worker";
import { databaseWorker } from "./worker.ts";

await serve(databaseWorker());
