/** On standard input and output, as a fleet starts it; with `--http` as a web server on HOST and PORT. */
import { serve } from "flotilla/worker";
import { worker } from "./worker.ts";

await serve(worker);
