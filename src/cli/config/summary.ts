/** One line about a worker that anybody may read. Built from the text as written, so expanded values never enter. */
import type { RawRun } from "./draft.ts";

const MASK = "•••";
const MAX_LENGTH = 160;

const SECRET_NAME =
  /(token|secret|passw|pwd|api[-_]?key|access[-_]?key|auth|credential|bearer|cookie|private|signature|\bkey\b)/i;
/** Options whose next word is "Name: value" or NAME=value. */
const PAIR_OPTION = /^(-H|--headers?|-e|--env|--env-var)$/;
/** Well-known token forms, and long runs of mixed letters and digits that no one types by hand. */
const SECRET_VALUE = [
  /^(sk|pk|rk|ghp|gho|ghu|ghs|github_pat|glpat|xox[abprs]|npm|hf|AKIA|ASIA|AIza|ya29|eyJ)[-_A-Za-z0-9.]{8,}/,
  /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9+_=-]{20,}$/,
  /^(?=.*[a-f])(?=.*\d)[a-f0-9]{32,}$/i,
  /^Bearer\s/i,
];

export function summarise(run: RawRun): string {
  if (run.kind === "toolpack") return `toolpack ${run.toolpack}`;
  if (run.kind === "openapi") return cut(`openapi ${maskUrl(run.document)}`);
  if (run.kind === "image")
    return cut(commandLine({ ...run, command: `image ${withoutDefault(run.image)}` }));
  const text = run.kind === "url" ? maskUrl(run.url) : commandLine(run);
  return cut(text);
}

type Words = Pick<Extract<RawRun, { kind: "command" }>, "command" | "args" | "env">;

function commandLine(run: Words): string {
  const secrets = Object.values(run.env).filter((value) => value.length >= 4);
  const words = [run.command];
  let before = "";
  for (const arg of run.args) {
    words.push(quote(maskArg(arg, { before, secrets })));
    before = arg;
  }
  return words.join(" ");
}

/** Exported for its tests: the rules are a promise. */
export function maskArg(arg: string, context: { before: string; secrets: string[] }): string {
  if (/^\$\{[^{}]+\}$/.test(arg)) return withoutDefault(arg);
  const { before, secrets } = context;
  if (secrets.some((secret) => arg.includes(secret))) return MASK;
  if (PAIR_OPTION.test(before)) return maskPair(arg);
  if (before.startsWith("-") && !before.includes("=") && SECRET_NAME.test(before)) {
    if (!arg.startsWith("-")) return MASK;
  }
  const option = /^(-[^=]+|[A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(arg);
  if (option?.[1] !== undefined && option[2] !== undefined) {
    if (SECRET_NAME.test(option[1])) return `${option[1]}=${MASK}`;
    return `${option[1]}=${maskValue(option[2])}`;
  }
  return maskValue(arg);
}

/** `-e NAME=value`, `--header "Name: value"`: the name alone is shown; `-e NAME` has no value. */
function maskPair(arg: string): string {
  const match = /^([^=:]+)([=:])/.exec(arg);
  return match?.[1] === undefined ? maskValue(arg) : `${match[1]}${match[2]}${MASK}`;
}

function maskValue(value: string): string {
  if (SECRET_VALUE.some((form) => form.test(value))) return MASK;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? maskUrl(value) : withoutDefault(value);
}

/** Scheme, host and path. Userinfo and query carry tokens; so do fragments. */
export function maskUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)/i.exec(url);
  if (match?.[1] === undefined) return withoutDefault(url.replace(/[?#].*$/s, ""));
  const host = (match[2] ?? "").replace(/^.*@/s, "");
  const path = (match[3] ?? "")
    .split("/")
    .map((part) => (SECRET_VALUE.some((form) => form.test(part)) ? MASK : part))
    .join("/");
  return withoutDefault(`${match[1]}${host}${path}`);
}

/** `${TOKEN:-abc}` shows as `${TOKEN}`: a default may be the secret itself. */
function withoutDefault(text: string): string {
  return text.replaceAll(/\$\{([^{}]*?):-[^{}]*\}/g, "${$1}");
}

function quote(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : `"${word.replaceAll('"', "'")}"`;
}

function cut(text: string): string {
  // oxlint-disable-next-line no-control-regex -- terminals obey control characters
  const clean = text.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, " ");
  return clean.length <= MAX_LENGTH ? clean : `${clean.slice(0, MAX_LENGTH - 1)}…`;
}
