/** Where a new drone of a worker goes: a pure decision over what is known of the nodes, best first. */
import type { PlaceSpec } from "../../../protocol/fleet.ts";

export interface NodeLoad {
  name: string;
  labels: Readonly<Record<string, string>>;
  leaving: boolean;
  maxDrones?: number;
  /** Drones it has, of all workers. */
  drones: number;
  /** Of them, drones of the worker that is to be placed. */
  ofWorker: number;
}

/**
 * Nodes that may take it, the best first: as many preferred labels as possible, then where its `spread` domain has the
 * fewest drones of this worker, then the most room, then the fewest drones, then by name. Empty: none may.
 */
export function rankNodes(nodes: readonly NodeLoad[], place: PlaceSpec = {}): NodeLoad[] {
  const { require = {}, prefer = {}, spread } = place;
  const domains = new Map<string, number>();
  const domainOf = (node: NodeLoad): string =>
    spread === undefined ? `node ${node.name}` : `label ${node.labels[spread] ?? ""}`;
  for (const node of nodes) {
    const domain = domainOf(node);
    domains.set(domain, (domains.get(domain) ?? 0) + node.ofWorker);
  }
  const rank = (node: NodeLoad): number[] => [
    -matches(node, prefer),
    domains.get(domainOf(node)) ?? 0,
    node.ofWorker,
    -room(node),
    node.drones,
  ];
  return nodes
    .filter((node) => !node.leaving && room(node) > 0)
    .filter((node) => matches(node, require) === Object.keys(require).length)
    .toSorted((one, other) => compare(rank(one), rank(other)) || (one.name < other.name ? -1 : 1));
}

function room({ maxDrones = Infinity, drones }: NodeLoad): number {
  return maxDrones - drones;
}

function matches({ labels }: NodeLoad, wanted: Readonly<Record<string, string>>): number {
  return Object.entries(wanted).filter(([key, value]) => labels[key] === value).length;
}

/** Room without end is equal to room without end. */
function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, mine] of one.entries()) {
    const theirs = other[index] ?? 0;
    if (mine !== theirs) return mine < theirs ? -1 : 1;
  }
  return 0;
}
