/** Is this text random, and does it keep the format it claims? */

/** Bits per character (Shannon). English words have about 3, random base64 of 40 characters about 4.8. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * GitHub and npm tokens end in six base62 digits: the CRC-32 of the thirty characters before.
 * Undefined when the token has no such checksum.
 */
export function hasGoodChecksum(token: string): boolean | undefined {
  const parts = /^(?:gh[pousr]|npm)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/.exec(token);
  if (parts === null) return undefined;
  const [, body = "", checksum = ""] = parts;
  return base62(crc32(body)).padStart(6, "0") === checksum;
}

function crc32(text: string): number {
  let crc = -1;
  for (let at = 0; at < text.length; at += 1) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return ~crc >>> 0;
}

function base62(value: number): string {
  let text = "";
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62))
    text = `${DIGITS.charAt(rest % 62)}${text}`;
  return text;
}

export interface JwtFacts {
  algorithm: string;
  /** Seconds since 1970, when the token says so. */
  expires?: number;
}

/** Undefined when it only looks like a JSON Web Token. */
export function jwtOf(text: string): JwtFacts | undefined {
  const [head = "", body = ""] = text.split(".");
  const header = decoded(head);
  const payload = decoded(body);
  const algorithm = header?.["alg"];
  if (typeof algorithm !== "string" || payload === undefined) return undefined;
  const expires = payload["exp"];
  return typeof expires === "number" ? { algorithm, expires } : { algorithm };
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const PLACEHOLDER =
  /example|sample|placeholder|dummy|change.?me|change.?it|replace|your|insert|redacted|removed|hidden|secret.?here|todo|test|fake|mock|foo|xxx|\*\*|\.\.\.|…|12345|abcdef|qwerty/i;
/** What a program fills in: `${VAR}`, `{{ var }}`, `<name>`, `%s`, `$(cmd)`, `process.env.X`, a call. */
const FILLED_IN = /\$\{|\$\(|\{\{|^[<[({$%@]|process\.env|os\.environ|getenv|^%\w$|\w\(|=>/;

/** True for what stands where a secret should be, and is none. */
export function isPlaceholder(value: string): boolean {
  return (
    PLACEHOLDER.test(value) || FILLED_IN.test(value) || new Set(value).size <= 4 || isRising(value)
  );
}

function isRising(value: string): boolean {
  let steps = 0;
  for (let at = 1; at < value.length; at += 1)
    if (value.charCodeAt(at) - value.charCodeAt(at - 1) === 1) steps += 1;
  return steps > value.length * 0.6;
}
