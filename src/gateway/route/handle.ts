/** One request of the front: lists and discovery from the catalogue, everything else to its worker. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError, isFlotillaError } from "../../protocol/errors.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { CallEvents } from "../call-events.ts";
import type { CatalogDesk } from "../catalog/desk.ts";
import { isMetaCall, type ToolDiscovery } from "../discovery/discovery.ts";
import type { Tables } from "../tables.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { createAccount, type Accounted } from "./account.ts";
import type { Forward, Target } from "./forward.ts";
import { failure } from "./outcome.ts";
import { createParamHeaderCheck, type CheckParamHeaders } from "./param-headers.ts";
import { resolve } from "./resolve.ts";

export interface HandleOptions {
  tables: Tables;
  catalog: CatalogDesk;
  discovery: ToolDiscovery;
  forward: Forward;
  tasks: Pick<Tasks, "answer">;
  events: CallEvents;
  clock: Clock;
  telemetry: Telemetry;
}

interface Handling extends HandleOptions {
  account(accounted: Accounted): void;
  paramHeaderProblem: CheckParamHeaders;
}

const CALLS = new Set([
  "tools/call",
  "prompts/get",
  "resources/read",
  "completion/complete",
  "skills/get",
  "resources/directory/read",
]);

export function createHandle(given: HandleOptions): (request: McpRequest) => Promise<McpOutcome> {
  const options: Handling = {
    ...given,
    account: createAccount(given),
    paramHeaderProblem: createParamHeaderCheck(),
  };
  return async (request) => {
    try {
      if (CALLS.has(request.method)) return await call(options, request);
      const listed = options.catalog.answer(request) ?? options.tasks.answer(request);
      if (listed !== undefined) return await listed;
      return unknownMethod(request);
    } catch (error) {
      if (isFlotillaError(error) && error.code === "not_supported") return unknownMethod(request);
      const failed = failure(error);
      if (failed.cause?.code === "internal") {
        options.telemetry.log.error("handling a request failed", {
          method: request.method,
          reason: String(error),
        });
      }
      return failed;
    }
  };
}

function unknownMethod({ method }: McpRequest): McpOutcome {
  const message = `Unknown method ${method.slice(0, 100)}.`;
  return { kind: "error", error: { code: WIRE.methodNotFound, message }, httpStatus: 404 };
}

async function call(options: Handling, request: McpRequest): Promise<McpOutcome> {
  if (isMetaCall(options.catalog.view(request), request)) return progressive(options, request);
  const startMs = options.clock.monotonicMs();
  const found = targetOf(options, request);
  const target = found instanceof Promise ? await found : found;
  const mismatch = options.paramHeaderProblem(request, target);
  if (mismatch !== undefined) return { kind: "error", error: mismatch, httpStatus: 400 };
  const forwarded = await options.forward(request, target);
  const durationMs = options.clock.monotonicMs() - startMs;
  options.account({ request, target, forwarded, durationMs });
  return forwarded.outcome;
}

/** One of the meta-tools: answered, or turned into the call that it stands for. */
async function progressive(options: Handling, request: McpRequest): Promise<McpOutcome> {
  const { catalog, discovery } = options;
  const view = await catalog.met(request);
  const whole = catalog.view({ ...request, endpoint: { kind: "aggregate" } });
  const found = await discovery.handle(request, view, whole);
  if (found.kind === "answer") return { kind: "result", result: found.result };
  // The headers repeat the arguments of the meta-tool, not those of the call inside.
  const { paramHeader: _outer, ...inner } = found.request;
  return call(options, inner);
}

/** At once when somebody known has it, as nearly always. */
function targetOf(options: HandleOptions, request: McpRequest): Target | Promise<Target> {
  const { tables, catalog } = options;
  return (
    resolve(request, { tables, view: catalog.view(request) }) ?? targetAmongNew(options, request)
  );
}

/** Nobody known has it, but not everybody is known. */
async function targetAmongNew(options: HandleOptions, request: McpRequest): Promise<Target> {
  const view = await options.catalog.met(request);
  const met = resolve(request, { tables: options.tables, view });
  if (met !== undefined) return met;
  const missing = view.unknown.map(({ name }) => name).slice(0, 5);
  throw new FlotillaError(
    "worker_unavailable",
    `Nothing known by that name, and ${missing.join(", ")} did not answer.`,
    {
      retryable: true,
      retryAfterMs: 5_000,
    },
  );
}
