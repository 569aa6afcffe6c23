/** Secrets that have no format of their own: a random value with a name that says what it is. */
import { entropyOf, isPlaceholder, jwtOf } from "./entropy.ts";

export interface Candidate {
  rule: string;
  severity: "error" | "warning" | "info";
  start: number;
  end: number;
  value: string;
  message: string;
  /** The name it is assigned to. */
  object?: string;
}

/** Longer lines are minified or data: no names to go by. */
const MAX_LINE = 2_000;
const MAX_FOUND = 2_000;

/** A name, `:` `=` `=>` `:=`, and a quoted value. Each part is bounded, so that no line takes long. */
const QUOTED =
  /(?<name>[A-Za-z_][\w.-]{0,80})["'`\]]{0,2}[ \t]{0,20}(?::=|=>|[:=])[ \t]{0,20}(?<quote>["'`])(?<value>[^"'`\s]{8,400})\k<quote>/g;
/** The same without quotes, where files have none. */
const BARE =
  /^(?:export[ \t]{1,4})?(?<name>[A-Za-z_][\w.-]{0,80})[ \t]{0,20}[:=][ \t]{0,20}(?<value>[^"'`\s#]{8,400})[ \t]{0,20}$/;
const BARE_FILE = /(?:^|\/)\.env(?:\.[\w.-]{1,40})?$|\.(?:ini|properties|cfg|conf|toml|ya?ml)$/i;
const JWT = /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}/g;

const SECRET_NAME =
  /(?:secret|token|api.?key|access.?key|private.?key|signing.?key|encryption.?key|auth.?key|client.?key|master.?key|credential)s?(?:$|[_.-]?(?:value|id|str|string|base64|hex|b64|prod|live|test)$|[_.\d-])/i;
const PASSWORD_NAME = /(?:password|passwd|passphrase|pwd)s?$/i;
/** Names of things about a secret that are not the secret. */
const ABOUT =
  /public|fingerprint|(?:url|uri|path|file|name|type|field|header|label|length|endpoint|prefix|pattern|regex|message|title|column|param|hash|version|symbol|kind)$/i;

export function assignedSecrets(path: string, text: string, nowMs: number): Candidate[] {
  const found: Candidate[] = [];
  const isBare = BARE_FILE.test(path);
  let start = 0;
  for (const line of text.split("\n")) {
    if (found.length >= MAX_FOUND) break;
    const tokens = tokensIn(line, start, nowMs);
    const named = line.length <= MAX_LINE ? inLine(line, start, isBare) : [];
    found.push(
      ...tokens,
      ...named.filter((one) => !tokens.some((token) => token.start === one.start)),
    );
    start += line.length + 1;
  }
  return found;
}

function inLine(line: string, offset: number, isBare: boolean): Candidate[] {
  const matches = [...line.matchAll(QUOTED)];
  const bare = isBare ? BARE.exec(line) : null;
  if (bare !== null) matches.push(bare);
  return matches.flatMap(({ 0: all, index, groups = {} }) => {
    const { name = "", value = "" } = groups;
    const verdict = judge(name, value);
    if (verdict === undefined) return [];
    const start = offset + index + all.lastIndexOf(value);
    return [{ ...verdict, start, end: start + value.length, value, object: name }];
  });
}

type Verdict = Pick<Candidate, "rule" | "severity" | "message">;

function judge(name: string, value: string): Verdict | undefined {
  if (ABOUT.test(name) || isPlaceholder(value)) return undefined;
  if (PASSWORD_NAME.test(name)) {
    if (!isPassword(value)) return undefined;
    return {
      rule: "assigned/password",
      severity: "warning",
      message: "A password is written into the file.",
    };
  }
  if (!SECRET_NAME.test(name) || !isRandom(value)) return undefined;
  return {
    rule: "assigned/high-entropy",
    severity: "error",
    message: "A random value is assigned to a name that says it is a secret.",
  };
}

/** Words, paths, addresses and identifiers are not random, however long they are. */
export function isRandom(value: string): boolean {
  if (value.length < 16 || /^(?:https?|file|data|urn|sha\d+)[:-]|^[./~]|[\\ ,;]/.test(value))
    return false;
  if (/^[0-9a-f]+$/i.test(value)) return value.length >= 32 && entropyOf(value) >= 3;
  if (!/^[\w+/=.~-]+$/.test(value)) return value.length >= 20 && entropyOf(value) >= 4;
  // Words joined by signs or humps: few digits, long runs of one case.
  const digits = value.replaceAll(/\D/g, "").length;
  if (digits === 0 && value.length < 32) return false;
  const runs = value.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]+/g) ?? [];
  const meanRun = value.length / Math.max(1, runs.length);
  return meanRun < 3 && entropyOf(value) >= 3.5;
}

/** At least two kinds of characters: a lone word is a field name or a message more often than a password. */
function isPassword(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(value)).length;
  return (
    kinds >= 2 && /[\d!@#$%^&*+=?]/.test(value) && !/^[./~]|:\/\/|^\w+(?:[.-]\w+)+$/.test(value)
  );
}

function tokensIn(line: string, offset: number, nowMs: number): Candidate[] {
  if (!line.includes("eyJ")) return [];
  return [...line.matchAll(JWT)].flatMap(({ 0: value, index }) => {
    const facts = jwtOf(value);
    if (facts === undefined) return [];
    const { algorithm, expires } = facts;
    const isOver = expires !== undefined && expires * 1_000 < nowMs;
    const start = offset + index;
    const message = isOver
      ? `A JSON Web Token (${algorithm}) that has expired.`
      : `A JSON Web Token (${algorithm})${expires === undefined ? " that never expires" : ""}.`;
    return [
      {
        rule: "format/jwt",
        severity: isOver ? "info" : "error",
        start,
        end: start + value.length,
        value,
        message,
      },
    ];
  });
}
