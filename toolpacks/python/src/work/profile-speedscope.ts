/** Speedscope's JSON (https://www.speedscope.app/file-format-schema.json), which py-spy and others write. */
import { InputProblem } from "flotilla/worker/review";
import { keyOf, profileOfStacks } from "./profile-model.ts";
import type { Profile, ProfiledFunction, Stack } from "./profile-model.ts";

interface Frame {
  name?: unknown;
  file?: unknown;
  line?: unknown;
}
interface One {
  type?: string;
  unit?: string;
  samples?: number[][];
  weights?: number[];
  events?: { type: string; frame: number; at: number }[];
}
interface Document {
  shared?: { frames?: Frame[] };
  profiles?: One[];
}

const MAX_SAMPLES = 2_000_000;

/** All threads of the document together. */
export function readSpeedscope(text: string): Profile {
  const { shared, profiles } = parsed(text);
  const frames = shared?.frames;
  if (!Array.isArray(frames) || !Array.isArray(profiles))
    throw wrong("shared.frames or profiles is missing");
  const functions = new Map<string, ProfiledFunction>();
  const keys = frames.map(({ name, file, line }) => {
    const one = {
      name: typeof name === "string" ? name : "?",
      file: typeof file === "string" ? file : "",
      line: typeof line === "number" ? line : 0,
    };
    const key = keyOf(one.name, one.file, 0);
    if (!functions.has(key)) functions.set(key, { ...one, self: 0, total: 0 });
    return key;
  });
  const stacks = profiles.flatMap((one) => stacksOf(one, keys));
  if (stacks.length > MAX_SAMPLES) throw wrong("it has too many samples");
  const unit = profiles[0]?.unit ?? "none";
  return profileOfStacks(stacks, functions, {
    format: "speedscope",
    unit: unit === "none" ? "samples" : unit,
  });
}

function parsed(text: string): Document {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    throw wrong("it is no valid JSON");
  }
}

function wrong(why: string): InputProblem {
  return new InputProblem(`This is no speedscope document: ${why}.`, {
    hint: "Write one with py-spy record -f speedscope.",
  });
}

function stacksOf({ type, samples, weights, events }: One, keys: readonly string[]): Stack[] {
  const frame = (index: number): string => {
    const key = keys[index];
    if (key === undefined) throw wrong(`there is no frame ${index}`);
    return key;
  };
  if (type === "sampled" && Array.isArray(samples)) {
    return samples.flatMap((one, at) => {
      if (!Array.isArray(one)) throw wrong(`sample ${at} is no list`);
      return one.length === 0 ? [] : [{ frames: one.map(frame), weight: weights?.[at] ?? 1 }];
    });
  }
  if (type !== "evented" || !Array.isArray(events))
    throw wrong("a profile is neither sampled nor evented");
  const open: string[] = [];
  const stacks: Stack[] = [];
  let last = events[0]?.at ?? 0;
  for (const { type: kind, frame: index, at } of events) {
    if (open.length > 0 && at > last) stacks.push({ frames: [...open], weight: at - last });
    last = at;
    if (kind === "O") open.push(frame(index));
    else open.pop();
    if (open.length > 2_000) throw wrong("it nests too deeply");
  }
  return stacks;
}
