import type { Clock, NewId } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Sealer } from "../../security/index.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Router } from "../call.ts";
import type { Neighbours } from "../replicas/neighbours.ts";
import type { FrontLimits } from "./limits.ts";
import type { Load } from "./load.ts";
import type { Pulse } from "./pulse.ts";

/** What every part of the front is given. */
export interface FrontDeps {
  router: Router;
  clock: Clock;
  newId: NewId;
  telemetry: Telemetry;
  limits: FrontLimits;
  pulse: Pulse;
  load: Load;
  /** Present when other gateways serve the same clients. */
  replicas?: FrontReplicas;
}

/** What equal gateways share, so that a client may turn to any of them. */
export interface FrontReplicas {
  neighbours: Neighbours;
  /** Over the fleet's keys. */
  sealer: Sealer;
  records: Pick<RecordStore, "get" | "put" | "delete">;
}
