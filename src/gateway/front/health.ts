/** `/health` and `/ready`: from memory, so that probes cost nothing and never wake anything. */
import type { Router } from "../call.ts";
import type { Answer } from "./exchange.ts";

/** 200 also when degraded: one failed worker must not make a load balancer take the whole gateway out. */
export function healthAnswer(router: Router, draining: boolean): Answer {
  const { ready, workers } = router.health();
  const isBad = Object.values(workers).some(
    ({ state }) => state === "backing_off" || state === "crash_loop",
  );
  const status = draining ? "stopping" : !ready ? "starting" : isBad ? "degraded" : "ok";
  return { status: 200, body: JSON.stringify({ status, workers }), headers: FRESH };
}

export function readyAnswer(router: Router, draining: boolean): Answer {
  const ready = !draining && router.health().ready;
  return { status: ready ? 200 : 503, body: JSON.stringify({ ready }), headers: FRESH };
}

const FRESH = { "cache-control": "no-store" };
