/** The coordinator's API: finds the route, checks the method, turns errors into answers. */
import { API_PREFIX } from "../../protocol/api.ts";
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { FleetDesk } from "../desk/desk.ts";
import type { BatchDesk } from "../batches/desk.ts";
import { createEventFeed } from "../events/feed.ts";
import { droneRoutes } from "./drones.ts";
import { eventRoutes } from "./events.ts";
import { fleetRoutes } from "./fleet.ts";
import { reloadRoutes } from "./reload.ts";
import { errorResponse, methodNotAllowed } from "./respond.ts";
import type { ApiDeps, ApiRoute } from "./route.ts";
import { taskRoutes } from "./tasks.ts";
import { workerRoutes } from "./workers.ts";

const ROUTES: readonly ApiRoute[] = [
  ...fleetRoutes,
  ...workerRoutes,
  ...droneRoutes,
  ...eventRoutes,
  ...reloadRoutes,
  ...taskRoutes,
];

export function createApi(options: {
  desk: FleetDesk;
  batches: BatchDesk;
  reload: ApiDeps["reload"];
  store: Store;
  clock: Clock;
  telemetry: Telemetry;
}): (request: Request) => Promise<Response> {
  const feed = createEventFeed({ events: options.store.events, clock: options.clock });
  const { desk, batches, reload } = options;
  const deps: ApiDeps = { desk, batches, reload, feed };
  return async (request) => {
    try {
      return await answer(deps, request);
    } catch (error) {
      if (!isFlotillaError(error) || error.code === "internal") {
        options.telemetry.log.error("api request failed", { error: messageOf(error) });
      }
      return errorResponse(error);
    }
  };
}

async function answer(deps: ApiDeps, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const found = findRoute(url.pathname);
  if (found === undefined) {
    throw new FlotillaError("not_found", "There is nothing at this address.", {
      hint: `The API begins with ${API_PREFIX}/fleet.`,
    });
  }
  const handler = found.route.methods[request.method];
  if (handler === undefined) return methodNotAllowed(Object.keys(found.route.methods));
  return handler(deps, { request, url, name: found.name });
}

function findRoute(pathname: string): { route: ApiRoute; name: string } | undefined {
  if (!pathname.startsWith(`${API_PREFIX}/`)) return undefined;
  const segments = pathname.slice(API_PREFIX.length + 1).split("/");
  for (const route of ROUTES) {
    if (route.path.length !== segments.length) continue;
    if (!route.path.every((part, index) => part === "*" || part === segments[index])) continue;
    const name = segments[route.path.indexOf("*")] ?? "";
    return { route, name: decode(name) };
  }
  return undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new FlotillaError("bad_request", "The address is not encoded properly.", {
      hint: "Percent-encode the name as UTF-8.",
    });
  }
}
