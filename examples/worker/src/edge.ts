/** For Cloudflare Workers: public, or for another Worker by a service binding. */
import { fetchHandler } from "flotilla/worker";
import { worker } from "./worker.ts";

export default { fetch: fetchHandler(worker) };
