/** The public names of the protocol room. */
export { API_PREFIX, routes } from "./api.ts";
export {
  createFrameReader,
  FRAME,
  frameHeader,
  FRAMES_LINE,
  FRAMES_VARIABLE,
  FRAMES_VERSION,
  MAX_FRAME_ID,
} from "./frames.ts";
export type {
  ApiErrorBody,
  CallEvent,
  EventTopic,
  FleetEvent,
  FleetStatus,
  LogEvent,
  RetireAnswer,
  RetireRequest,
  SpawnRequest,
  WakeAnswer,
  WakeRequest,
  WorkerStatus,
} from "./api.ts";
export { BATCH, isBatchOver } from "./batches.ts";
export type {
  BatchCounts,
  BatchItem,
  BatchItems,
  BatchRecord,
  BatchRequest,
  BatchState,
  BatchStatus,
  BatchStep,
} from "./batches.ts";
export { sleep } from "./clock.ts";
export type { Clock, NewId, Random, Timer } from "./clock.ts";
export { FlotillaError, isFlotillaError, messageOf } from "./errors.ts";
export type { FlotillaErrorCode, FlotillaErrorOptions } from "./errors.ts";
export {
  DEFAULT_IMAGE_RUN,
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  DEFAULT_TASK_AFTER_MS,
} from "./fleet.ts";
export type {
  CacheRule,
  CallSpec,
  CatalogEntry,
  CatalogList,
  Definition,
  Discovery,
  FleetSpec,
  Freshness,
  ImageRun,
  LimitSpec,
  PlaceSpec,
  RunSpec,
  ScaleSpec,
  ToolNaming,
  ToolsetSpec,
  WorkerCatalog,
  WorkerSpec,
} from "./fleet.ts";
export { HEADER, NAME_PARAM, decodeHeaderValue, encodeHeaderValue } from "./headers.ts";
export {
  WireParseError,
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  isRecord,
  parseMessage,
} from "./jsonrpc.ts";
export type {
  JsonRpcId,
  RawObject,
  WireError,
  WireLimits,
  WireMessage,
  WireNotification,
  WireRequest,
} from "./jsonrpc.ts";
export type { DroneAddress, LinkClosed, MessageLink } from "./link.ts";
export { linkPair } from "./link-pair.ts";
export type {
  CallToolResult,
  CompleteResult,
  ContentBlock,
  DiscoverResult,
  GetPromptResult,
  Implementation,
  JsonSchema,
  PromptDefinition,
  ReadResourceResult,
  ResourceContents,
  ResourceDefinition,
  ResourceTemplateDefinition,
  ResultType,
  ServerCapabilities,
  ToolAnnotations,
  ToolDefinition,
} from "./mcp.ts";
export { HOP_META, LOG_LEVELS, META, TASKS_EXTENSION, atLeast, isLogLevel } from "./meta.ts";
export type { LogLevel } from "./meta.ts";
export {
  PROGRESSIVE,
  RESERVED_NAMES,
  TOOL_NAME,
  WORKER_NAME,
  isToolName,
  isWorkerName,
  prefixedName,
  unprefixedName,
} from "./names.ts";
export { fitsPattern, isChosen, isTakenOut } from "./patterns.ts";
export { elements, members, objectOf, oneLine, spliceMembers } from "./raw-json.ts";
export { keys } from "./records.ts";
export type {
  ActivityRecord,
  CatalogRecord,
  DronePhase,
  DroneRecord,
  HealthRecord,
  NodeRecord,
  WorkerRecord,
  WorkerState,
} from "./records.ts";
export { systemClock, systemNewId } from "./system-clock.ts";
export {
  HEADERLESS_VERSION,
  LATEST_LEGACY,
  LATEST_MODERN,
  LEGACY_VERSIONS,
  MODERN_VERSIONS,
  isModern,
  isSupportedLegacy,
  isSupportedModern,
  negotiateLegacy,
} from "./versions.ts";
export { WIRE, isModernOnly, toWireError } from "./wire-errors.ts";
export type { WireErrorData } from "./wire-errors.ts";
export { createPeer } from "./peer.ts";
export type { Peer, PeerAnswer, PeerAsked, PeerCall, PeerServe } from "./peer.ts";
