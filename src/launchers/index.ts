/** The public names of the launchers room. Drivers are named by composition roots alone, each by its own file. */
export type {
  DroneClaim,
  DroneOutput,
  LaunchedDrone,
  Launcher,
  LauncherCapabilities,
} from "./contract.ts";
export { calledOff, denied, noCapacity, notReady, unknownFailure } from "./decisions.ts";
export { instrumentLauncher } from "./instrumented.ts";
export { createMemoryLauncher } from "./memory.ts";
export type { MemoryLauncher, MemoryLauncherOptions, RecordedCall, ServeDrone } from "./memory.ts";
export { CALM, createSimulator, createVirtualClock, seededRandom } from "./simulator.ts";
export type {
  BehaviourOf,
  PlaceBehaviour,
  Simulator,
  SimulatorOptions,
  SimulatorStats,
  VirtualClock,
} from "./simulator.ts";
