import type { Clock, NewId } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Router } from "../call.ts";
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
}
