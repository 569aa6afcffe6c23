/**
 * A .cpuprofile as a tree of calls with times. The format is that of the DevTools protocol (Profiler.Profile):
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import { InputProblem } from "flotilla/worker/review";
import { fieldsOf, isFields, own, parseObject, textOf } from "../json.ts";
import type { Fields } from "../json.ts";

export interface Call {
  id: number;
  name: string;
  /** As V8 names it: a file URL, `node:fs`, or nothing for what V8 does itself. */
  url: string;
  /** From 1; 0 where there is none. */
  line: number;
  column: number;
  /** Samples that found it on top. */
  hits: number;
  selfUs: number;
  totalUs: number;
  deopt?: string;
  ticks: { line: number; ticks: number }[];
  parent?: Call;
  children: Call[];
}

export interface Profile {
  root: Call;
  /** Parents before children. */
  calls: Call[];
  durationUs: number;
  samples: number;
}

const MAX_CALLS = 2_000_000;

export function readProfile(text: string, file: string): Profile {
  const value = parseObject(text, file);
  const raw = own(value, "nodes");
  if (!Array.isArray(raw) || raw.length === 0)
    throw new InputProblem(`${file} is no CPU profile: it has no "nodes".`, {
      hint: "Pass what node --cpu-prof or DevTools wrote.",
    });
  if (raw.length > MAX_CALLS) throw new InputProblem(`${file} has more than ${MAX_CALLS} nodes.`);
  const byId = new Map<number, Call>();
  for (const one of raw.filter(isFields)) {
    const call = callOf(one);
    byId.set(call.id, call);
  }
  const [first] = byId.values();
  const root = [...byId.values()].find(({ name }) => name === "(root)") ?? first;
  if (root !== undefined) tie(raw.filter(isFields), byId, root);
  if (root === undefined)
    throw new InputProblem(`${file} is no CPU profile: its nodes are not objects.`);
  const samples = timesOf(value, byId);
  const calls = ordered(root);
  for (const call of calls) call.totalUs = call.selfUs;
  for (const call of calls.toReversed())
    if (call.parent !== undefined) call.parent.totalUs += call.totalUs;
  return { root, calls, durationUs: root.totalUs, samples };
}

function callOf(one: Fields): Call {
  const frame = fieldsOf(own(one, "callFrame"));
  const deopt = textOf(own(one, "deoptReason"));
  const ticks = own(one, "positionTicks");
  return {
    id: numberOf(own(one, "id")),
    name: textOf(own(frame, "functionName")) || "(anonymous)",
    url: textOf(own(frame, "url")) ?? "",
    line: numberOf(own(frame, "lineNumber"), -1) + 1,
    column: numberOf(own(frame, "columnNumber"), -1) + 1,
    hits: numberOf(own(one, "hitCount")),
    selfUs: 0,
    totalUs: 0,
    ...(deopt === undefined || deopt === "" ? {} : { deopt }),
    ticks: (Array.isArray(ticks) ? ticks : []).filter(isFields).map((tick) => ({
      line: numberOf(own(tick, "line")),
      ticks: numberOf(own(tick, "ticks")),
    })),
    children: [],
  };
}

function numberOf(value: unknown, otherwise = 0): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

/**
 * Parents by `children`, or by `parent` as some writers have it. A node keeps its first parent and the root has none:
 * what hangs on the root is a tree, whatever the file says.
 */
function tie(raw: readonly Fields[], byId: ReadonlyMap<number, Call>, root: Call): void {
  const join = (parent: Call | undefined, child: Call | undefined): void => {
    if (
      parent === undefined ||
      child === undefined ||
      child.parent !== undefined ||
      child === root ||
      parent === child
    )
      return;
    child.parent = parent;
    parent.children.push(child);
  };
  for (const one of raw) {
    const call = byId.get(numberOf(own(one, "id")));
    const children = own(one, "children");
    for (const id of Array.isArray(children) ? children : []) join(call, byId.get(numberOf(id)));
    if (own(one, "parent") !== undefined) join(byId.get(numberOf(own(one, "parent"))), call);
  }
}

/** A sample lasts until the next one. Without samples each hit counts the same. */
function timesOf(value: Fields, byId: ReadonlyMap<number, Call>): number {
  const [start, end] = [numberOf(own(value, "startTime")), numberOf(own(value, "endTime"))];
  const samples = own(value, "samples");
  const deltas = own(value, "timeDeltas");
  if (!Array.isArray(samples) || samples.length === 0) return timesOfHits(end - start, byId);
  const given = Array.isArray(deltas) ? deltas : [];
  const even = Math.max(0, end - start) / samples.length;
  let now = start + numberOf(given[0]);
  for (const [index, id] of samples.entries()) {
    const next: unknown = index + 1 < samples.length ? given[index + 1] : end - now;
    const lasts = given.length === 0 ? even : Math.max(0, numberOf(next));
    now += lasts;
    const call = byId.get(numberOf(id));
    if (call !== undefined) call.selfUs += lasts;
  }
  return samples.length;
}

function timesOfHits(durationUs: number, byId: ReadonlyMap<number, Call>): number {
  const hits = [...byId.values()].reduce((sum, call) => sum + call.hits, 0);
  for (const call of byId.values())
    call.selfUs = hits === 0 ? 0 : (Math.max(0, durationUs) * call.hits) / hits;
  return hits;
}

function ordered(root: Call): Call[] {
  const calls: Call[] = [];
  const open = [root];
  const seen = new Set<Call>();
  for (let call = open.pop(); call !== undefined; call = open.pop()) {
    if (seen.has(call)) continue;
    seen.add(call);
    calls.push(call);
    open.push(...call.children.slice(0, MAX_CALLS));
  }
  return calls;
}
