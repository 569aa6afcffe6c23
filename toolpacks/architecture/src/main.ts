import { serve } from "flotilla/worker";
import { architectureWorker } from "./worker.ts";

await serve(architectureWorker());
