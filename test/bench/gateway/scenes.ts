/** What is measured with which systems. Systems of one setting run side by side; loads come one after the other. */
import type { Load } from "./load.ts";
import { rivals } from "./rivals.ts";
import {
  bareProxy,
  type Bench,
  direct,
  flotilla,
  type Missing,
  nginx,
  type System,
} from "./systems.ts";

export interface Scene extends Omit<Load, "seconds"> {
  /** Rounds of rivals and SDK-made gateways; the others always have all. */
  rivalRounds: number;
}

export interface Setting {
  workers: number;
  tool: Bench["tool"];
  /** Told in the titles of its scenes. */
  suffix?: string;
  systems(bench: Bench): Promise<System | Missing>[];
  scenes: readonly Scene[];
}

export const ROUNDS = 3;
export const SECONDS = 2;
/** Some of the rivals answer a few calls a second. */
export const RIVAL_SECONDS = 3;

const scene = (connections: number, more: Partial<Scene> = {}): Scene => ({
  connections,
  era: "modern",
  size: "1 KB",
  rivalRounds: 0,
  ...more,
});

export const MAIN_SCENE = scene(64, { rivalRounds: 2 });
export const TWO_CORES = "on both cores";

const references = (bench: Bench): Promise<System | Missing>[] => [
  direct(bench),
  nginx(bench),
  bareProxy(bench),
];

const MAIN: Setting = {
  workers: 1,
  tool: "echo",
  systems: (bench) => [
    ...references(bench),
    flotilla(bench, { drones: "frames" }),
    flotilla(bench, { drones: "kit" }),
    flotilla(bench, { drones: "lines" }),
    flotilla(bench, { drones: "http" }),
    ...rivals(bench),
  ],
  scenes: [
    MAIN_SCENE,
    scene(1, { rivalRounds: 1 }),
    scene(16, { rivalRounds: 1 }),
    scene(256),
    scene(64, { era: "legacy" }),
  ],
};

export const TWO = ", one process and two";

const PROCESSES: Setting = {
  workers: 1,
  tool: "echo",
  suffix: TWO,
  systems: (bench) => [
    nginx(bench),
    flotilla(bench, { drones: "frames" }),
    flotilla(bench, { drones: "frames", gateways: 2 }),
    flotilla(bench, { drones: "frames", gateways: 2, cores: "0,1" }),
  ],
  scenes: [scene(64)],
};

const LARGE: Setting = {
  workers: 1,
  tool: "payload",
  systems: (bench) => [
    ...references(bench),
    flotilla(bench, { drones: "frames" }),
    flotilla(bench, { drones: "kit" }),
    flotilla(bench, { drones: "http" }),
    ...rivals(bench),
  ],
  scenes: [scene(64, { size: "100 KB" }), scene(16, { size: "100 KB", rivalRounds: 1 })],
};

/** nginx knows one upstream in each of them: what changes is what the gateway has to keep apart. */
const fleetOf = (workers: number): Setting => ({
  workers,
  tool: "echo",
  systems: (bench) => [
    nginx(bench),
    flotilla(bench, { drones: "http" }),
    // Beyond that the drones themselves fill the memory of a small machine.
    ...(workers > 60 ? [] : [flotilla(bench, { drones: "frames" })]),
  ],
  scenes: [scene(64)],
});

export const SETTINGS: readonly Setting[] = [
  MAIN,
  PROCESSES,
  LARGE,
  fleetOf(20),
  fleetOf(60),
  fleetOf(200),
];

/** A minute, for a look and for CI. */
export const SHORT: readonly Setting[] = [
  {
    ...MAIN,
    systems: (bench) => [
      ...references(bench),
      flotilla(bench, { drones: "frames" }),
      flotilla(bench, { drones: "http" }),
    ],
    scenes: [MAIN_SCENE],
  },
];

export const titleOf = (
  { connections, era, size }: Omit<Scene, "rivalRounds">,
  workers: number,
): string =>
  `${size}, ${connections} connection${connections === 1 ? "" : "s"}, ${era} era, ${workers} worker${workers === 1 ? "" : "s"}`;
