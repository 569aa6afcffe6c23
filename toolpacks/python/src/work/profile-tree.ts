/** The tree of calls, for the picture and for the hottest ways down. */
import type { Frame } from "flotilla/worker/draw";
import { packageOf } from "./profile-model.ts";
import type { Profile } from "./profile-model.ts";

interface Node {
  key: string;
  total: number;
  /** Spent in itself, on this way. */
  own: number;
  children: Map<string, Node>;
}

export interface HotPath {
  /** Names of functions, outermost first. */
  frames: string[];
  total: number;
  /** Of all, from 0 to 1. */
  share: number;
}

const MAX_DEPTH = 60;
const MAX_NODES = 20_000;
/** Thinner calls cannot be seen. */
const LEAST_SHARE = 0.001;

/** Exact for stacks. From cProfile, which only knows who called whom, time is shared out as gprof does. */
export function callTree(profile: Profile): Node {
  const root: Node = { key: "", total: profile.total, own: 0, children: new Map() };
  if (profile.stacks.length > 0) addStacks(root, profile);
  else addEdges(root, profile);
  return root;
}

function child(node: Node, key: string): Node {
  const known = node.children.get(key);
  if (known !== undefined) return known;
  const made: Node = { key, total: 0, own: 0, children: new Map() };
  node.children.set(key, made);
  return made;
}

function addStacks(root: Node, { stacks }: Profile): void {
  for (const { frames, weight } of stacks) {
    let node = root;
    for (const frame of frames.slice(0, MAX_DEPTH)) {
      node = child(node, frame);
      node.total += weight;
    }
    node.own += weight;
  }
}

function addEdges(root: Node, { functions, edges, total }: Profile): void {
  const out = Map.groupBy(edges, ({ from }) => from);
  // What its callers do not account for is where a function was entered from outside of the profile.
  const handed = new Map<string, number>();
  for (const { from, to, total: spent } of edges) {
    if (from !== to) handed.set(to, (handed.get(to) ?? 0) + spent);
  }
  const queue = [...functions]
    .map(([key, one]) => ({ key, entered: one.total - (handed.get(key) ?? 0) }))
    .filter(({ entered }) => entered >= total * LEAST_SHARE)
    .map(({ key, entered }) => ({
      node: Object.assign(child(root, key), { total: entered }),
      path: [key],
    }));
  let count = 0;
  for (const { node, path } of queue) {
    const one = functions.get(node.key);
    const part = one !== undefined && one.total > 0 ? node.total / one.total : 0;
    node.own = (one?.self ?? 0) * part;
    const ways = (out.get(node.key) ?? []).filter(({ to }) => mayEnter(path, to));
    const asked = ways.reduce((sum, edge) => sum + edge.total * part, 0);
    // Functions that call each other in turn are timed inside of each other: together they fit into the whole.
    const fit = asked > 0 ? Math.min(1, Math.max(0, node.total - node.own) / asked) : 0;
    for (const edge of ways) {
      const share = edge.total * part * fit;
      if (share < total * LEAST_SHARE) continue;
      count += 1;
      if (count > MAX_NODES) return;
      const next = child(node, edge.to);
      next.total += share;
      queue.push({ node: next, path: [...path, edge.to] });
    }
  }
}

/** How often a recursive function is shown on one way down. */
const MAX_RECURSION = 3;

function mayEnter(path: readonly string[], key: string): boolean {
  return path.length < MAX_DEPTH && path.filter((one) => one === key).length < MAX_RECURSION;
}

export function frameOf(root: Node, profile: Profile): Frame {
  const build = (node: Node, depth: number): Frame => {
    const one = profile.functions.get(node.key);
    const place = one === undefined || one.file === "" ? "" : ` ${one.file}:${one.line}`;
    return {
      label: one?.name ?? "all",
      title: `${one?.name ?? "all"}${place}`,
      total: node.total,
      group: one === undefined ? "" : packageOf(one),
      children:
        depth >= MAX_DEPTH ? [] : [...node.children.values()].map((next) => build(next, depth + 1)),
    };
  };
  return build(root, 0);
}

/** Down from the top by the heaviest call, until no single call holds most of it; then the next heaviest. */
export function hotPaths(root: Node, profile: Profile, most: number): HotPath[] {
  const leaves: { path: string[]; total: number }[] = [];
  const queue: { node: Node; path: string[] }[] = [{ node: root, path: [] }];
  for (const { node, path } of queue) {
    if (queue.length > MAX_NODES) break;
    if (node.own >= profile.total * 0.01) leaves.push({ path, total: node.own });
    for (const next of node.children.values()) {
      if (next.total >= profile.total * 0.01) queue.push({ node: next, path: [...path, next.key] });
    }
  }
  return leaves
    .toSorted((a, b) => b.total - a.total)
    .slice(0, most)
    .map(({ path, total }) => ({
      frames: path.map((key) => profile.functions.get(key)?.name ?? key),
      total,
      share: profile.total > 0 ? total / profile.total : 0,
    }));
}
