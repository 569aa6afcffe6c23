/** Finds out what a profile is, and reads it. */
import { InputProblem } from "flotilla/worker/review";
import { readMarshal } from "./marshal.ts";
import type { Marshalled } from "./marshal.ts";
import { keyOf, profileOfStacks } from "./profile-model.ts";
import type { Edge, Profile, ProfiledFunction, Stack } from "./profile-model.ts";
import { readSpeedscope } from "./profile-speedscope.ts";

export function readProfile(bytes: Uint8Array): Profile {
  if (bytes.length === 0) throw unknown();
  const first = (bytes[0] ?? 0) & 0x7f;
  // A text that begins with "{" is JSON: marshal's dictionary goes on with a type, JSON with space, quote or brace.
  const next = String.fromCharCode(bytes[1] ?? 0);
  if (first === 0x7b && !/[\s"}]/.test(next)) return readPstats(readMarshal(bytes));
  const text = new TextDecoder().decode(bytes);
  if (/^\s*[{[]/.test(text)) return readSpeedscope(text);
  if (/^\s*ncalls\s+tottime/m.test(text)) return readPstatsText(text);
  return readCollapsed(text);
}

function unknown(): InputProblem {
  return new InputProblem("This is no profile that is known here.", {
    hint: "Give a .prof of cProfile, its printed statistics, speedscope JSON, or collapsed stacks (py-spy record -f raw).",
  });
}

/** `{(file, line, function): (primitive calls, calls, self, total, {caller: …})}`. */
function readPstats(root: Marshalled): Profile {
  if (!(root instanceof Map)) throw unknown();
  const functions = new Map<string, ProfiledFunction>();
  const edges: Edge[] = [];
  for (const [key, value] of root) {
    const one = functionOf(key);
    if (!Array.isArray(value) || one === undefined) throw unknown();
    const [primitiveCalls, calls, self, total, callers] = value;
    const [name, to] = [one, keyOf(one.name, one.file, one.line)];
    functions.set(to, {
      ...name,
      self: Number(self),
      total: Number(total),
      calls: Number(calls),
      primitiveCalls: Number(primitiveCalls),
    });
    if (!(callers instanceof Map)) continue;
    for (const [from, stats] of callers) {
      const caller = functionOf(from);
      if (caller === undefined) continue;
      // Old profiles only count the calls; new ones hold the four numbers.
      const spent = Array.isArray(stats) ? Number(stats[3]) : 0;
      edges.push({ from: keyOf(caller.name, caller.file, caller.line), to, total: spent });
    }
  }
  if (functions.size === 0) throw unknown();
  const total = [...functions.values()].reduce((sum, { self }) => sum + self, 0);
  return { format: "pstats", unit: "seconds", total, functions, edges, stacks: [] };
}

function functionOf(key: string): Pick<ProfiledFunction, "name" | "file" | "line"> | undefined {
  const parts: unknown = JSON.parse(key);
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  const [file, line, name] = Array.from<unknown>(parts).map(String);
  return { file: file === "~" ? "" : (file ?? ""), line: Number(line), name: name ?? "" };
}

const STATS_LINE =
  /^\s{0,40}(\d{1,15})(?:\/(\d{1,15}))?\s{1,20}([\d.]{1,20})\s{1,20}[\d.]{1,20}\s{1,20}([\d.]{1,20})\s{1,20}[\d.]{1,20}\s(.{1,1000})$/;

/** What `pstats` prints: a flat list, without who called whom. */
function readPstatsText(text: string): Profile {
  const functions = new Map<string, ProfiledFunction>();
  for (const line of text.split("\n", 200_000)) {
    const [, calls, primitive, self, total, where] = STATS_LINE.exec(line) ?? [];
    if (where === undefined) continue;
    const [, file = "", at = "0", name = where] = /^(.*):(\d+)\((.*)\)$/.exec(where.trim()) ?? [];
    const plain = file === "" ? name.replace(/^\{(.*)\}$/, "<$1>") : name;
    functions.set(keyOf(plain, file, Number(at)), {
      name: plain,
      file,
      line: Number(at),
      self: Number(self),
      total: Number(total),
      calls: Number(calls),
      primitiveCalls: Number(primitive ?? calls),
    });
  }
  if (functions.size === 0) throw unknown();
  const [, seconds] = /in ([\d.]+) (?:CPU )?seconds/.exec(text) ?? [];
  const sum = [...functions.values()].reduce((all, { self }) => all + self, 0);
  const total = seconds === undefined ? sum : Number(seconds);
  return { format: "pstats-text", unit: "seconds", total, functions, edges: [], stacks: [] };
}

const MAX_STACKS = 500_000;
const MAX_FRAMES = 500;

/** `outer;inner;leaf COUNT`, frames as py-spy writes them: `name (file.py:12)`. */
function readCollapsed(text: string): Profile {
  const functions = new Map<string, ProfiledFunction>();
  const stacks: Stack[] = [];
  let number = 0;
  for (const line of text.split("\n", MAX_STACKS)) {
    number += 1;
    if (line.trim() === "") continue;
    const space = line.trimEnd().lastIndexOf(" ");
    const weight = Number(line.slice(space + 1));
    if (space < 1 || !Number.isFinite(weight) || weight < 0) {
      if (stacks.length === 0) throw unknown();
      throw new InputProblem("This line is no stack with a count.", {
        location: { line: number },
        hint: "Each line is frame;frame;frame COUNT.",
      });
    }
    const frames = line.slice(0, space).split(";").slice(0, MAX_FRAMES);
    stacks.push({ frames: frames.map((frame) => addFrame(functions, frame)), weight });
  }
  if (stacks.length === 0) throw unknown();
  return profileOfStacks(stacks, functions, { format: "collapsed", unit: "samples" });
}

const MAX_FRAME = 500;

function addFrame(functions: Map<string, ProfiledFunction>, whole: string): string {
  const frame = whole.slice(0, MAX_FRAME);
  const [, name = frame, file = "", line = "0"] =
    /^(.*?) \((.*?)(?::(\d+))?\)$/.exec(frame.trim()) ?? [];
  // A line of the call, not of the function: functions are told apart by name and file.
  const key = keyOf(name, file, 0);
  if (!functions.has(key))
    functions.set(key, { name, file, line: Number(line), self: 0, total: 0 });
  return key;
}
