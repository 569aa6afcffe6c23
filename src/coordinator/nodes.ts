/** The machines of a fleet, as the coordinator sees them. Who finds them and talks to them is the composition root. */
import type { Launcher } from "../launchers/contract.ts";

export interface FleetNodes {
  /** Those that are there now. One that is silent for long enough is not. */
  all(): readonly FleetNode[];
  /** Some node came, went, or changed what it says of itself. */
  onChange(listener: () => void): () => void;
}

export interface FleetNode {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Drones it takes at a time. Absent: as many as the workers want. */
  maxDrones?: number;
  /** It is about to go: takes no new drones, and those it has are drained. */
  leaving: boolean;
  /** Known as `<launcher>@<node>`, which is what drone records say. The same objects while the node is there. */
  launchers: readonly Launcher[];
}

const AT = "@";

export function nodeLauncherName(launcher: string, node: string): string {
  return `${launcher}${AT}${node}`;
}

/** `process` of `process@here`; a name without a node as it is. */
export function launcherKind(name: string): string {
  return name.split(AT, 1)[0] ?? name;
}
