/** A profile in one shape, wherever it came from. Times in the profile's own unit. */

export interface ProfiledFunction {
  name: string;
  /** Empty for built-in functions. */
  file: string;
  /** 0 where it is not known. */
  line: number;
  /** Without what it calls. */
  self: number;
  /** With what it calls; recursion counted once. */
  total: number;
  /** Absent in sampled profiles. */
  calls?: number;
  /** Calls that were not made by itself, in turn. */
  primitiveCalls?: number;
}

export interface Edge {
  from: string;
  to: string;
  total: number;
}

export interface Stack {
  /** Keys of functions, outermost first. */
  frames: string[];
  weight: number;
}

export interface Profile {
  format: "pstats" | "pstats-text" | "speedscope" | "collapsed";
  unit: string;
  /** All time, or all samples. */
  total: number;
  functions: Map<string, ProfiledFunction>;
  /** Who called whom: of deterministic profiles. */
  edges: Edge[];
  /** Of sampled profiles. */
  stacks: Stack[];
}

export const keyOf = (name: string, file: string, line: number): string =>
  `${file}:${line}:${name}`;

/** Code of Python's own library, an installed package, the interpreter, or the program itself. */
export function packageOf({ file, name }: Pick<ProfiledFunction, "file" | "name">): string {
  if (file === "" || file === "~" || /^<(?:built-in|method)/.test(name)) return "(built-in)";
  const [, installed] = /(?:site|dist)-packages[/\\]([^/\\]+)/.exec(file) ?? [];
  if (installed !== undefined) return installed.replace(/\.py$/, "");
  if (/[/\\]lib(?:64)?[/\\]python\d[\d.]*[/\\]|^<frozen |[/\\]Python\d+[/\\]Lib[/\\]/i.test(file))
    return "(standard library)";
  return "(your code)";
}

/** Functions of stacks with their self and total weights. */
export function profileOfStacks(
  stacks: Stack[],
  functions: Map<string, ProfiledFunction>,
  about: Pick<Profile, "format" | "unit">,
): Profile {
  let total = 0;
  for (const { frames, weight } of stacks) {
    total += weight;
    const leaf = functions.get(frames.at(-1) ?? "");
    if (leaf !== undefined) leaf.self += weight;
    for (const frame of new Set(frames)) {
      const one = functions.get(frame);
      if (one !== undefined) one.total += weight;
    }
  }
  return { ...about, total, functions, edges: [], stacks };
}
