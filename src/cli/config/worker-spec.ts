/** Draft → WorkerSpec: placeholders filled in, paths made absolute, defaults added, revision computed. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import {
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  type CacheRule,
  type CallSpec,
  type LimitSpec,
  type RunSpec,
  type ScaleSpec,
  type WorkerSpec,
} from "../../protocol/index.ts";
import type { RawRun, WorkerDraft } from "./draft.ts";
import { expand, type Fault, type Variables } from "./expand.ts";
import { problemAt, type Path, type Problem } from "./problems.ts";
import type { Source } from "./source.ts";
import { summarise } from "./summary.ts";
import type { Toolpack } from "./toolpacks.ts";
import { fillAll, type Fill } from "./fill.ts";
import { grantsEnv, type Grants } from "./grants.ts";
import { imageRunOf } from "./image-run.ts";
import { openApiEnvOf } from "./openapi-run.ts";
import { parseBytes, parseDurationMs } from "./units.ts";

export interface Surroundings {
  source: Source;
  variables: Variables;
  toolpacks: readonly Toolpack[];
  grants: Grants;
  /** What relative `cwd`s start from, and the working folder of commands without one. */
  baseFolder?: string;
  /** Values of `envFile`, by the file's name as written. */
  envFiles: ReadonlyMap<string, Record<string, string>>;
}

export type Built = { spec: WorkerSpec; problems: [] } | { spec?: undefined; problems: Problem[] };

export function buildWorker(draft: WorkerDraft, surroundings: Surroundings): Built {
  const problems: Problem[] = [];
  const fill: Fill = (text, path) => {
    const { text: filled, faults } = expand(text, surroundings.variables);
    for (const fault of faults) {
      const finding = { path: [...draft.path, ...path], ...faultWords(fault) };
      problems.push(problemAt(surroundings.source, finding));
    }
    return filled;
  };
  const made = runOf(draft, fill, surroundings);
  if ("message" in made) {
    const { path, ...said } = made;
    problems.push(problemAt(surroundings.source, { path: [...draft.path, ...path], ...said }));
  }
  const scale = scaleOf(draft);
  if (scale.minDrones > scale.maxDrones) {
    const path = [...draft.path, "scale", "min"];
    problems.push(problemAt(surroundings.source, { path, message: "min is larger than max" }));
  }
  for (const path of outOfRange(draft)) {
    const message =
      "expected a duration from 1ms to 24h, or a size from 1KB to 1GB (scale.memory: 1TB)";
    problems.push(problemAt(surroundings.source, { path: [...draft.path, ...path], message }));
  }
  if (problems.length > 0 || "message" in made) return { problems };
  const limits = limitsOf(draft);
  return { spec: specOf(draft, { made, scale, limits }), problems: [] };
}

type Made = { run: RunSpec; toolpack?: Toolpack };
type Refused = { path: Path; message: string; hint?: string | undefined };

function specOf(
  draft: WorkerDraft,
  parts: { made: Made; scale: ScaleSpec; limits: LimitSpec },
): WorkerSpec {
  const { run, toolpack } = parts.made;
  return {
    name: draft.name,
    revision: revisionOf(run, toolpack?.fingerprint),
    run,
    origin: draft.origin,
    naming: draft.naming ?? (draft.run.kind === "toolpack" ? "verbatim" : "prefixed"),
    scale: parts.scale,
    limits: parts.limits,
    ...(draft.place === undefined ? {} : { place: draft.place }),
    ...callsOf(draft),
    summary: summarise(draft.run),
    ...(toolpack?.catalog === undefined ? {} : { catalog: toolpack.catalog }),
  };
}

/**
 * Equal exactly when a running drone need not be replaced: names, scale and naming play no part. One-way; values
 * with too few bits to resist guessing do not belong into `env` in the first place.
 */
export function revisionOf(run: RunSpec, fingerprint = ""): string {
  const hash = createHash("sha256").update(canonical(run)).update("\0").update(fingerprint);
  return hash.digest("hex").slice(0, 16);
}

/** JSON with sorted keys, so that reordering a file changes nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function runOf(draft: WorkerDraft, fill: Fill, around: Surroundings): Made | Refused {
  const { run } = draft;
  if (run.kind === "command") return { run: commandOf(run, fill, around) };
  if (run.kind === "url") return remoteOf(run, fill);
  if (run.kind === "image") {
    const folder = around.baseFolder ?? around.variables.folder;
    return { run: imageRunOf(run, fill, folder) };
  }
  const wanted = run.kind === "openapi" ? "openapi" : run.toolpack;
  const toolpack = around.toolpacks.find((candidate) => candidate.name === wanted);
  if (toolpack === undefined) return unknownToolpack([run.kind], around.toolpacks);
  if (run.kind === "openapi") {
    const made = openApiEnvOf(run, fill, around.baseFolder ?? around.variables.folder);
    if (!("env" in made)) return made;
    const { env } = made;
    return { run: { kind: "module", entry: toolpack.entry, env, launcher: "process" }, toolpack };
  }
  const env = { ...grantsEnv(around.grants), ...fillAll(run.env, ["env"], fill) };
  return { run: { kind: "module", entry: toolpack.entry, env, launcher: "process" }, toolpack };
}

export function unknownToolpack(path: Path, known: readonly Toolpack[]): Refused {
  const names = known.map((toolpack) => toolpack.name).join(", ");
  const hint = names === "" ? "No toolpack is installed." : `Installed: ${names}.`;
  return { path, message: "no toolpack of that name is installed", hint };
}

function commandOf(
  run: Extract<RawRun, { kind: "command" }>,
  fill: Fill,
  around: Surroundings,
): RunSpec {
  const base = around.baseFolder;
  const folder = run.cwd === undefined ? undefined : fill(run.cwd, ["cwd"]);
  const cwd = folder === undefined ? base : resolve(base ?? around.variables.folder, folder);
  const fromFile = run.envFile === undefined ? {} : around.envFiles.get(run.envFile);
  return {
    kind: "command",
    command: localProgram(fill(run.command, ["command"]), cwd),
    args: run.args.map((arg, index) => fill(arg, ["args", index])),
    env: { ...fromFile, ...fillAll(run.env, ["env"], fill) },
    ...(cwd === undefined ? {} : { cwd }),
  };
}

/** `./server` is meant relative to the working folder; `npx` is looked for on the PATH. */
function localProgram(command: string, cwd: string | undefined): string {
  const relative = /^\.{1,2}[/\\]/.test(command);
  return relative && cwd !== undefined ? resolve(cwd, command) : command;
}

function remoteOf(run: Extract<RawRun, { kind: "url" }>, fill: Fill): Made | Refused {
  const url = fill(run.url, ["url"]);
  const headers = fillAll(run.headers, ["headers"], fill);
  // A placeholder that is missing has been reported; its URL is not judged on top.
  const { transport } = run;
  if (url.includes("${")) return { run: { kind: "remote", url, headers, transport } };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    return { path: ["url"], message: "expected a URL starting with http:// or https://" };
  }
  for (const [name, value] of Object.entries(headers)) {
    const path = ["headers", name];
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      return { path, message: "not a valid HTTP header name" };
    }
    if (/[\r\n\0]/.test(value)) return { path, message: "a header value has one line only" };
  }
  return { run: { kind: "remote", ...withoutUserinfo(parsed, headers), transport } };
}

/** `fetch` refuses URLs with a user name in them, and a URL is shown and stored where a header is not (RFC 7617). */
function withoutUserinfo(url: URL, headers: Record<string, string>) {
  const { username, password } = url;
  if (username === "" && password === "") return { url: url.href, headers };
  url.username = "";
  url.password = "";
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  const given = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  return { url: url.href, headers: given ? headers : { ...headers, authorization } };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function faultWords(fault: Fault): { message: string; hint: string } {
  if (fault.kind === "missing") {
    return {
      message: `the environment variable ${fault.name} is not set`,
      hint: `Set it, or give a default: \${${fault.name}:-value}.`,
    };
  }
  if (fault.kind === "input") {
    return {
      message: `\${input:${fault.name}} is asked for by an editor; nobody is asked here`,
      hint: "Use ${NAME} and set the environment variable NAME.",
    };
  }
  return {
    message: "a placeholder that is not understood",
    hint: "Write ${NAME} or ${NAME:-default}; write $${ for a plain ${.",
  };
}

function scaleOf({ scale = {} }: WorkerDraft): ScaleSpec {
  const memoryBytes = parseBytes(scale.memory ?? "");
  return {
    minDrones: scale.min ?? DEFAULT_SCALE.minDrones,
    maxDrones: scale.max ?? Math.max(DEFAULT_SCALE.maxDrones, scale.min ?? 0),
    callsPerDrone: scale.callsPerDrone ?? DEFAULT_SCALE.callsPerDrone,
    idleMs: parseDurationMs(scale.idle ?? "") ?? DEFAULT_SCALE.idleMs,
    ...(scale.target === undefined ? {} : { targetUtilisation: scale.target }),
    ...(scale.warm === undefined ? {} : { warmDrones: scale.warm }),
    ...(scale.predict === undefined ? {} : { predict: scale.predict }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function limitsOf({ limits = {} }: WorkerDraft): LimitSpec {
  return {
    startTimeoutMs: parseDurationMs(limits.startTimeout ?? "") ?? DEFAULT_LIMITS.startTimeoutMs,
    callTimeoutMs: parseDurationMs(limits.callTimeout ?? "") ?? DEFAULT_LIMITS.callTimeoutMs,
    graceMs: parseDurationMs(limits.grace ?? "") ?? DEFAULT_LIMITS.graceMs,
    maxMessageBytes: parseBytes(limits.maxMessage ?? "") ?? DEFAULT_LIMITS.maxMessageBytes,
  };
}

function callsOf({ calls }: WorkerDraft): { calls?: CallSpec } {
  if (calls === undefined) return {};
  const hedgeAfterMs = parseDurationMs(calls.hedgeAfter ?? "");
  const taskAfterMs = parseDurationMs(calls.taskAfter ?? "");
  const cache = Object.entries(calls.cache ?? {}).map(([tool, text]): [string, CacheRule] => [
    tool,
    { ttlMs: parseDurationMs(text) ?? 0 },
  ]);
  return {
    calls: {
      ...(hedgeAfterMs === undefined ? {} : { hedgeAfterMs }),
      ...(calls.tasks === undefined ? {} : { tasks: calls.tasks }),
      ...(taskAfterMs === undefined ? {} : { taskAfterMs }),
      ...(cache.length === 0 ? {} : { cache: Object.fromEntries(cache) }),
    },
  };
}

/** A day is longer than anything here is meant to last, and still fits the timers of every runtime. */
const MAX_DURATION_MS = 86_400_000;

/** What `scale.memory` may set aside for one drone. */
const MAX_MEMORY_BYTES = 1024 ** 4;

function outOfRange({ scale = {}, limits = {}, calls = {} }: WorkerDraft): Path[] {
  const { maxMessage, ...durations } = limits;
  const wrong: Path[] = [];
  const idleMs = parseDurationMs(scale.idle ?? "1s") ?? -1;
  if (idleMs < 0 || idleMs > MAX_DURATION_MS) wrong.push(["scale", "idle"]);
  for (const [name, text] of Object.entries(durations)) {
    const ms = parseDurationMs(text) ?? 0;
    if (ms < 1 || ms > MAX_DURATION_MS) wrong.push(["limits", name]);
  }
  const memoryBytes = parseBytes(scale.memory ?? "1MB") ?? 0;
  if (memoryBytes < 1024 || memoryBytes > MAX_MEMORY_BYTES) wrong.push(["scale", "memory"]);
  const { hedgeAfter = "1s", taskAfter = "1s", cache = {} } = calls;
  const named: [Path, string][] = [
    [["hedgeAfter"], hedgeAfter],
    [["taskAfter"], taskAfter],
    ...Object.entries(cache).map(([tool, text]): [Path, string] => [["cache", tool], text]),
  ];
  for (const [path, text] of named) {
    const ms = parseDurationMs(text) ?? 0;
    if (ms < 1 || ms > MAX_DURATION_MS) wrong.push(["calls", ...path]);
  }
  const bytes = parseBytes(maxMessage ?? "1MB") ?? 0;
  if (bytes < 1024 || bytes > 1024 ** 3) wrong.push(["limits", "maxMessage"]);
  return wrong;
}
