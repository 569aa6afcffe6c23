/** The public names of the gateway. The Node server is `node-server.node.ts`, named by composition roots alone. */
export type {
  ClientContext,
  Endpoint,
  ListenFilter,
  ListenRequest,
  McpOutcome,
  McpRequest,
  Router,
} from "./call.ts";
export { createBatchRunner } from "./batches/batch-runner.ts";
export type { BatchRunner, BatchRunnerOptions } from "./batches/batch-runner.ts";
export type { Fallback } from "./front/exchange.ts";
export { createFront } from "./front/front.ts";
export type { Front, FrontOptions } from "./front/front.ts";
export { DEFAULT_FRONT_LIMITS } from "./front/limits.ts";
export type { FrontLimits } from "./front/limits.ts";
export type { Dial, Dialled } from "./dial.ts";
export { DEFAULT_ROUTER_LIMITS } from "./limits.ts";
export type { RouterLimits } from "./limits.ts";
export { createOwnerDesk, OWNER_METHODS } from "./replicas/owner-desk.ts";
export type { OwnerDeskOptions } from "./replicas/owner-desk.ts";
export { createElsewhere, serveElsewhere } from "./replicas/elsewhere.ts";
export { createExchange, EXCHANGE_METHODS } from "./replicas/exchange.ts";
export type { Exchange } from "./replicas/exchange.ts";
export { joinNeighbours } from "./replicas/neighbours.ts";
export type { Neighbours } from "./replicas/neighbours.ts";
export { createOwners } from "./replicas/owners.ts";
export type { Owners } from "./replicas/owners.ts";
export { claimOwnership } from "./replicas/ownership.ts";
export type { Ownership } from "./replicas/ownership.ts";
export { createRouter } from "./router.ts";
export type { FleetRouter, RouterOptions } from "./router.ts";
export type { HttpAnswer, HttpClient, HttpRequest } from "./upstream/http/http-client.ts";
