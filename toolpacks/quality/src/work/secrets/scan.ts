/** Secrets in texts: by format (secretlint), by name and randomness, and never repeated in the answer. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { placesOf, rangeOf } from "../../lib/places.ts";
import { assignedSecrets } from "./assigned.ts";
import type { Candidate } from "./assigned.ts";
import { entropyOf, hasGoodChecksum } from "./entropy.ts";
import { knownSecrets } from "./known.ts";

export interface SecretsOptions {
  /** Values that are known to be harmless. */
  allow?: string[];
  ignore?: string[];
  /** Now, milliseconds since 1970: tells expired tokens. */
  nowMs: number;
}

export interface SecretsAnswer extends FindingReport {
  files: number;
  /** Files with at least one error or warning. */
  filesWithSecrets: string[];
}

export async function scanSecrets(
  files: readonly (readonly [path: string, text: string])[],
  { allow = [], ignore, nowMs }: SecretsOptions,
): Promise<SecretsAnswer> {
  const findings: Finding[] = [];
  for (const [path, text] of files)
    findings.push(...(await secretsOf(path, text, { allow, nowMs })));
  const report = reportOf(findings, { ignore });
  const hot = report.findings.filter(({ severity }) => severity !== "info");
  const filesWithSecrets = [...new Set(hot.flatMap(({ location }) => location?.file ?? []))];
  return { files: files.length, filesWithSecrets, ...report };
}

export async function secretsOf(
  path: string,
  text: string,
  { allow = [], nowMs }: SecretsOptions,
): Promise<Finding[]> {
  if (text.includes("\0")) return [];
  const known = await knownSecrets(path, text);
  const assigned = assignedSecrets(path, text, nowMs).filter(
    (one) => !known.some((other) => one.start < other.end && other.start < one.end),
  );
  const places = placesOf(text);
  return [...known, ...assigned]
    .filter(({ value }) => !allow.includes(value))
    .map((one) => findingOf(one, path, rangeOf(places, one.start, one.end)));
}

function findingOf(one: Candidate, file: string, range: ReturnType<typeof rangeOf>): Finding {
  const checked = hasGoodChecksum(one.value) === true ? ", checksum right" : "";
  return {
    rule: one.rule,
    severity: one.severity,
    message: one.message,
    location: { file, ...range },
    ...(one.object === undefined ? {} : { object: one.object }),
    evidence: `${masked(one.value)} (${one.value.length} characters, ${entropyOf(one.value).toFixed(1)} bits each${checked})`,
    ...(one.severity === "info"
      ? {}
      : {
          fix: "Revoke it where it was made, read it from the environment or a secret store, and take it out of the history.",
          reference: "CWE-798",
        }),
  };
}

/** A known prefix says what it is; nothing else of a secret is repeated. */
function masked(value: string): string {
  const prefix =
    /^(?:[A-Za-z]{2,6}[_-]|AKIA|eyJ|-----BEGIN [A-Z ]{0,30}|\w{1,12}:\/\/)/.exec(value)?.[0] ?? "";
  return `${prefix}***`;
}
