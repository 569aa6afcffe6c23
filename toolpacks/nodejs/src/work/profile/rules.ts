/** What in a profile is worth a second look. */
import type { Finding } from "flotilla/worker/review";
import { fileOf, originOf } from "./origin.ts";
import type { Hot, ProfileAnswer } from "./analyze.ts";
import type { Call, Profile } from "./read.ts";

type Facts = Pick<ProfileAnswer, "durationMs" | "busyMs" | "gcMs" | "idleMs" | "programMs"> & {
  functions: readonly Hot[];
  packages: ProfileAnswer["packages"];
};

const WAITS =
  /^(read|write|open|stat|lstat|fstat|access|exists|readdir|mkdir|rm|copyFile|append|realpath|exec|execFile|spawn|pbkdf2|scrypt|gzip|gunzip|deflate|inflate|brotli\w+|generateKeyPair)\w*Sync$/;
const FEW_SAMPLES = 200;

export function profileFindings(profile: Profile, facts: Facts): Finding[] {
  return [
    ...samples(profile),
    ...garbage(facts),
    ...hot(facts),
    ...heavy(facts),
    ...blocking(profile, facts),
    ...loading(profile, facts),
  ];
}

function samples(profile: Profile): Finding[] {
  if (profile.samples >= FEW_SAMPLES) return [];
  return [
    {
      rule: "few-samples",
      severity: "info",
      message: `${profile.samples} samples are few: shares below ${Math.ceil(300 / Math.max(1, profile.samples))} % say little.`,
      fix: "Profile for longer, or sample more often (--cpu-prof-interval).",
    },
  ];
}

const share = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0);

function garbage({ gcMs, busyMs }: Facts): Finding[] {
  const part = share(gcMs, busyMs);
  if (part < 10) return [];
  return [
    {
      rule: "gc-heavy",
      severity: part >= 25 ? "error" : "warning",
      message: `${part.toFixed(1)} % of the busy time is garbage collection.`,
      evidence: `${gcMs} of ${busyMs} ms`,
      fix: "Find what is allocated in the hot functions; take a heap snapshot if memory grows.",
    },
  ];
}

function placeOf({ file, line, column }: Hot): Pick<Finding, "location"> {
  return line > 0 && file !== "" ? { location: { file, line, column: Math.max(1, column) } } : {};
}

function hot({ functions, busyMs }: Facts): Finding[] {
  return functions
    .filter(({ selfMs }) => share(selfMs, busyMs) >= 10)
    .slice(0, 10)
    .map((one) => ({
      rule: "hot-function",
      severity: share(one.selfMs, busyMs) >= 30 ? "warning" : "info",
      message: `${one.name} itself takes ${share(one.selfMs, busyMs).toFixed(1)} % of the busy time${one.deopt === undefined ? "" : `, and was deoptimised: ${one.deopt}`}.`,
      ...placeOf(one),
      object: one.name,
      evidence: `${one.selfMs} ms itself, ${one.totalMs} ms with what it calls; called by ${one.callers.map(({ name }) => name).join(", ") || "nobody"}`,
    }));
}

function heavy({ packages, busyMs }: Facts): Finding[] {
  return packages
    .filter(
      ({ name, selfMs }) =>
        !["app", "node", "v8", "native"].includes(name) && share(selfMs, busyMs) >= 20,
    )
    .map(({ name, selfMs, functions }) => ({
      rule: "heavy-package",
      severity: "info",
      message: `The code of ${name} takes ${share(selfMs, busyMs).toFixed(1)} % of the busy time.`,
      object: name,
      evidence: `${selfMs} ms in ${functions} functions`,
    }));
}

/** Calls of Node that stop everything until the disk, a child or a hash is done. */
function blocking(profile: Profile, { busyMs }: Facts): Finding[] {
  const found = profile.calls.filter(
    (call) => originOf(call) === "node" && WAITS.test(call.name) && !isLoading(call),
  );
  return [...Map.groupBy(found, ({ name }) => name)].flatMap(([name, calls]): Finding[] => {
    const totalMs = calls.reduce((sum, call) => sum + call.totalUs, 0) / 1_000;
    if (share(totalMs, busyMs) < 1) return [];
    const from = calls.toSorted((a, b) => b.totalUs - a.totalUs)[0]?.parent;
    const at =
      from === undefined || from.line === 0
        ? {}
        : { location: { file: fileOf(from.url), line: from.line, column: from.column } };
    return [
      {
        rule: "blocking-call",
        severity: "warning",
        message: `${name} blocks the event loop for ${totalMs.toFixed(1)} ms (${share(totalMs, busyMs).toFixed(1)} % of the busy time).`,
        object: name,
        ...at,
        ...(from === undefined ? {} : { evidence: `called by ${from.name}` }),
        fix: "Use the asynchronous form, unless it runs once at start.",
      },
    ];
  });
}

const LOADER = /^node:internal\/modules\//;

function isLoading(call: Call): boolean {
  let one: Call | undefined = call;
  for (let step = 0; one !== undefined && step < 50; step += 1) {
    if (LOADER.test(one.url)) return true;
    if (originOf(one) === "app") return false;
    one = one.parent;
  }
  return false;
}

/** Reading and compiling modules, without running them. */
function loading(profile: Profile, { busyMs, durationMs }: Facts): Finding[] {
  const ms =
    profile.calls
      .filter(({ url }) => LOADER.test(url))
      .reduce((sum, call) => sum + call.selfUs, 0) / 1_000;
  if (durationMs === 0 || share(ms, busyMs) < 15) return [];
  return [
    {
      rule: "module-loading",
      severity: "info",
      message: `${share(ms, busyMs).toFixed(1)} % of the busy time is loading modules.`,
      evidence: `${ms.toFixed(1)} ms`,
      fix: "Import later what is not needed at start, bundle, or set NODE_COMPILE_CACHE.",
    },
  ];
}
