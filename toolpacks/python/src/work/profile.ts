/** Reads a profile and says where the time goes. */
import { drawFlame } from "flotilla/worker/draw";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { packageOf } from "./profile-model.ts";
import type { Profile, ProfiledFunction } from "./profile-model.ts";
import { readProfile } from "./profile-read.ts";
import { callTree, frameOf, hotPaths } from "./profile-tree.ts";
import type { HotPath } from "./profile-tree.ts";

export interface ProfileInput {
  bytes: Uint8Array;
  /** Functions to list. Default 30. */
  top?: number;
  /** Only functions whose file or name holds this text. */
  filter?: string;
  ignore?: string[];
}
export interface ProfileFunction extends ProfiledFunction {
  package: string;
  selfShare: number;
  totalShare: number;
}
export interface ProfileAnswer extends FindingReport {
  format: Profile["format"];
  unit: string;
  total: number;
  functionCount: number;
  calls?: number;
  functions: ProfileFunction[];
  packages: { package: string; self: number; share: number }[];
  hotPaths: HotPath[];
  picture?: string;
}

export function analyzeProfile({ bytes, top = 30, filter, ignore }: ProfileInput): ProfileAnswer {
  const profile = readProfile(bytes);
  const all = [...profile.functions.values()].map((one) => factsOf(one, profile.total));
  const wanted = all.filter(
    ({ name, file }) => filter === undefined || name.includes(filter) || file.includes(filter),
  );
  const calls = all.reduce((sum, one) => sum + (one.calls ?? 0), 0);
  const tree = callTree(profile);
  // Printed statistics do not say who called whom: a flame would be a lie.
  const hasTree = profile.stacks.length + profile.edges.length > 0;
  return {
    format: profile.format,
    unit: profile.unit,
    total: profile.total,
    functionCount: all.length,
    ...(calls > 0 ? { calls } : {}),
    functions: wanted.toSorted((a, b) => b.self - a.self || b.total - a.total).slice(0, top),
    packages: packagesOf(all, profile.total),
    hotPaths: hasTree ? hotPaths(tree, profile, 10) : [],
    ...(hasTree ? { picture: drawFlame(frameOf(tree, profile), titles(profile)) } : {}),
    ...reportOf(
      all.flatMap((one) => findingsOf(one, profile)),
      { ignore },
    ),
  };
}

function factsOf(one: ProfiledFunction, total: number): ProfileFunction {
  const share = (value: number): number => (total > 0 ? value / total : 0);
  return {
    ...one,
    package: packageOf(one),
    selfShare: share(one.self),
    totalShare: share(one.total),
  };
}

function packagesOf(all: readonly ProfileFunction[], total: number): ProfileAnswer["packages"] {
  return [...Map.groupBy(all, (one) => one.package)]
    .map(([name, own]) => {
      const self = own.reduce((sum, one) => sum + one.self, 0);
      return { package: name, self, share: total > 0 ? self / total : 0 };
    })
    .toSorted((a, b) => b.self - a.self)
    .slice(0, 50);
}

function titles({ format, unit, total, stacks }: Profile) {
  const amount = (value: number): string => `${Number(value.toPrecision(4))} ${unit}`;
  return {
    title: `Where ${amount(total)} went`,
    subtitle: `${format}. ${stacks.length > 0 ? "Each box is as wide as its share of the samples." : "cProfile knows who called whom, not whole stacks: time is shared out by calls."} Colours tell packages apart.`,
    format: amount,
  };
}

interface Hint {
  rule: string;
  matches: RegExp;
  /** Share of all time, self or total, from which it is worth a word. */
  from: number;
  by: "selfShare" | "totalShare";
  fix: string;
}

/** Known costs of Python, by the function in which they show. */
const HINTS: readonly Hint[] = [
  {
    rule: "regex-compiled-again",
    matches: /\bre(?:[/\\]__init__)?\.py:(?:_compile|compile)$/,
    from: 0.02,
    by: "totalShare",
    fix: "Compile the pattern once, outside of the loop.",
  },
  {
    rule: "deep-copies",
    matches: /copy\.py:deepcopy$/,
    from: 0.05,
    by: "totalShare",
    fix: "Copy only what changes, or use immutable values.",
  },
  {
    rule: "slow-imports",
    matches: /importlib.*:(?:_find_and_load|_load_unlocked|exec_module)$/,
    from: 0.2,
    by: "totalShare",
    fix: "Import what is heavy inside of the function that needs it.",
  },
  {
    rule: "sleeps",
    matches: /:<built-in method time\.sleep>$|:sleep$/,
    from: 0.1,
    by: "selfShare",
    fix: "Wait for the event itself, not for a time.",
  },
  {
    rule: "waits-for-lock",
    matches: /_thread\.(?:lock|RLock).*acquire|:(?:acquire|wait)$/,
    from: 0.1,
    by: "selfShare",
    fix: "Hold locks shorter; profile the thread that works.",
  },
  {
    rule: "rows-one-by-one",
    matches: /pandas.*:(?:iterrows|itertuples|apply)$/,
    from: 0.05,
    by: "totalShare",
    fix: "Use operations on whole columns.",
  },
  {
    rule: "json-in-python",
    matches: /json.*:(?:_iterencode|_iterencode_dict|py_scanstring)$/,
    from: 0.05,
    by: "totalShare",
    fix: "Serialise plain values with C's encoder, or use orjson.",
  },
];

function findingsOf(one: ProfileFunction, profile: Profile): Finding[] {
  const found: Finding[] = [];
  const place =
    one.file === "" || one.line < 1
      ? {}
      : { location: { file: one.file, line: one.line, column: 1 } };
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const key = `${one.file.slice(-300)}:${one.name.slice(0, 200)}`;
  for (const { rule, matches, from, by, fix } of HINTS) {
    if (one[by] < from || !matches.test(key)) continue;
    found.push({
      rule,
      severity: "warning",
      message: `${one.name} takes ${percent(one[by])} of the time.`,
      ...place,
      object: one.name,
      evidence: evidenceOf(one, profile),
      fix,
    });
  }
  if (one.selfShare >= 0.2) {
    found.push({
      rule: "hot-function",
      severity: "warning",
      message: `${one.name} itself takes ${percent(one.selfShare)} of the time.`,
      ...place,
      object: one.name,
      evidence: evidenceOf(one, profile),
      fix: "Begin here: do less in it, or call it less often.",
    });
  }
  if ((one.calls ?? 0) >= 100_000 && one.totalShare >= 0.05) {
    found.push({
      rule: "many-calls",
      severity: "info",
      message: `${one.name} is called ${one.calls} times.`,
      ...place,
      object: one.name,
      evidence: evidenceOf(one, profile),
      fix: "Keep its results (functools.cache), or do the work of many calls in one.",
    });
  }
  return found;
}

function evidenceOf({ self, total, calls }: ProfileFunction, { unit }: Profile): string {
  const amount = (value: number): string => String(Number(value.toPrecision(4)));
  return `self ${amount(self)}, total ${amount(total)} ${unit}${calls === undefined ? "" : `, ${calls} calls`}`;
}
