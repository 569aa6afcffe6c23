export { createCoordinator, type Coordinator, type CoordinatorOptions } from "./coordinator.ts";
export { BUILTIN_LAUNCHER } from "./builtin.ts";
export { createEventRecorder, type EventRecorder } from "./events/recorder.ts";
export { DEFAULT_POLICY, type CoordinatorPolicy } from "./policy.ts";
export { nodeLauncherName, type FleetNode, type FleetNodes } from "./nodes.ts";
export type { Probe } from "./probe.ts";
export type { CoordinatorTool, ToolAnswer } from "./tools/tools.ts";
