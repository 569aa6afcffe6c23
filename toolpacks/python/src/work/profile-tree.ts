/** The tree of calls, for the picture and for the hottest ways down. */
import type { Frame } from "flotilla/worker/draw";
import { packageOf } from "./profile-model.ts";
import type { Profile } from "./profile-model.ts";

interface Node {
  key: string;
  total: number;
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
  const root: Node = { key: "", total: profile.total, children: new Map() };
  if (profile.stacks.length > 0) addStacks(root, profile);
  else addEdges(root, profile);
  return root;
}

function child(node: Node, key: string): Node {
  const known = node.children.get(key);
  if (known !== undefined) return known;
  const made: Node = { key, total: 0, children: new Map() };
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
  }
}

function addEdges(root: Node, { functions, edges, total }: Profile): void {
  const out = Map.groupBy(edges, ({ from }) => from);
  const called = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const starts = [...functions].filter(([key]) => !called.has(key));
  const queue = (starts.length === 0 ? [...functions] : starts).map(([key, one]) => ({
    node: Object.assign(child(root, key), { total: one.total }),
    path: [key],
  }));
  let count = 0;
  for (const { node, path } of queue) {
    const whole = functions.get(node.key)?.total ?? 0;
    const part = whole > 0 ? node.total / whole : 0;
    for (const edge of out.get(node.key) ?? []) {
      const share = edge.total * part;
      if (share < total * LEAST_SHARE || path.includes(edge.to) || path.length >= MAX_DEPTH)
        continue;
      count += 1;
      if (count > MAX_NODES) return;
      const next = child(node, edge.to);
      next.total += share;
      queue.push({ node: next, path: [...path, edge.to] });
    }
  }
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
    const below = [...node.children.values()].reduce((sum, { total }) => sum + total, 0);
    const own = node.total - below;
    if (path.length > 0 && own >= profile.total * 0.01) leaves.push({ path, total: own });
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
