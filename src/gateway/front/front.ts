/** The client-facing half of the data plane: eras, sessions and ingress in front of one `Router`. */
import type { Clock, NewId } from "../../protocol/clock.ts";
import type { HostPolicy } from "../../security/index.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Router } from "../call.ts";
import { createCardDesk } from "../cards/desk.ts";
import { createGuard } from "../guard.ts";
import { createCore } from "./core.ts";
import type { FrontDeps, FrontReplicas } from "./deps.ts";
import type { Fallback, FrontCore } from "./exchange.ts";
import { createLegacyFront } from "./legacy/legacy.ts";
import { DEFAULT_FRONT_LIMITS } from "./limits.ts";
import type { FrontLimits } from "./limits.ts";
import { createLoad } from "./load.ts";
import { createListenDesk } from "./modern/listen.ts";
import { createPulse } from "./pulse.ts";
import { createWebEntry } from "./web-entry.ts";

export interface FrontOptions {
  router: Router;
  clock: Clock;
  newId: NewId;
  telemetry?: Telemetry;
  /** Loopback names only, unless told otherwise. */
  hosts?: HostPolicy;
  limits?: Partial<FrontLimits>;
  fallback?: Fallback;
  /** Where clients reach this gateway, for the documents that say so; without it, where each request came to. */
  publicUrl?: string;
  /** For a gateway that is one of several. */
  replicas?: FrontReplicas;
}

export interface Front {
  /** The web-standard seam. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** For entries that do without `Request` and `Response`. */
  readonly core: FrontCore;
  readonly fallback: Fallback | undefined;
  /** Refuses new calls, ends listen streams gracefully, resolves when no call is under way. */
  drain(): Promise<void>;
  /** Ends everything at once: streams, sessions, calls. Idempotent. */
  close(): void;
}

export function createFront(options: FrontOptions): Front {
  const limits = { ...DEFAULT_FRONT_LIMITS, ...options.limits };
  const { router, clock, newId, fallback } = options;
  const telemetry = options.telemetry ?? silentTelemetry;
  const pulse = createPulse(clock, limits.keepAliveMs);
  const load = createLoad(limits.maxInFlight);
  const base = { router, clock, newId, telemetry, limits, pulse, load };
  const { replicas } = options;
  const deps: FrontDeps = replicas === undefined ? base : { ...base, replicas };
  const listens = createListenDesk(deps);
  const legacy = createLegacyFront(deps);
  const cards = createCardDesk({ ...options, directory: () => router.directory() });
  const core = createCore({ deps, guard: createGuard(options.hosts), listens, legacy, cards });
  const endStreams = (): void => {
    listens.endAll();
    legacy.endStreams();
  };
  return {
    fetch: createWebEntry(core, fallback),
    core,
    fallback,
    drain() {
      const empty = load.drain();
      listens.endAll();
      return empty.then(endStreams);
    },
    close() {
      void load.drain();
      load.abandon();
      endStreams();
      legacy.close();
      pulse.stop();
    },
  };
}
