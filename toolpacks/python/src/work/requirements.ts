/** What a project asks for: requirements files, pyproject.toml (PEP 621, PEP 735, Poetry) and Pipfile. */
import { parsePipRequirementsLine } from "pip-requirements-js";
import type { EnvironmentMarker } from "pip-requirements-js";
import type { Finding } from "flotilla/worker/review";
import { normalName } from "../data/distributions.ts";
import type { Specifier } from "./versions.ts";

export interface Declared {
  /** As PEP 503 compares it. */
  name: string;
  file: string;
  line: number;
  /** As it was written. */
  raw: string;
  specifiers: Specifier[];
  marker?: EnvironmentMarker;
  /** `main`, `build`, `constraint`, or the name of an extra or a group. */
  group: string;
  /** Where it comes from instead of an index. */
  url?: string;
  hashed: boolean;
}

/** What is known of where a requirement stands. */
export interface Standing {
  file: string;
  line: number;
  group: string;
}

/** More lines than this belong to no person's file. */
const MAX_LINES = 20_000;
const MAX_REQUIREMENT = 2_000;

export interface Read {
  declared: Declared[];
  findings: Finding[];
}

export function readRequirements(file: string, text: string): Read {
  const read: Read = { declared: [], findings: [] };
  const group = /constraints/.test(file) ? "constraint" : groupOf(file);
  let line = 1;
  let pending = "";
  for (const raw of text.split(/\r?\n/, MAX_LINES)) {
    const start = line - (pending.split("\n").length - 1);
    line += 1;
    if (raw.endsWith("\\")) {
      pending += `${raw.slice(0, -1)}\n`;
      continue;
    }
    const whole = `${pending}${raw}`
      .replaceAll("\n", " ")
      .replace(/(?:^|\s)#.*$/, "")
      .trim();
    pending = "";
    if (whole !== "") readLine(read, whole, { file, line: start, group });
  }
  return read;
}

/** `requirements-dev.txt`, `requirements/test.in`, `dev-requirements.txt`. */
function groupOf(file: string): string {
  return /(?:dev|test|lint|doc|ci)/.exec(file.split("/").slice(-2).join("/"))?.[0] ?? "main";
}

function readLine(read: Read, line: string, standing: Standing): void {
  if (line.startsWith("-")) {
    const editable = /^(?:-e|--editable)[ =](.*)$/.exec(line)?.[1];
    if (editable === undefined) read.findings.push(...optionFindings(line, standing));
    else read.declared.push(editableOf(editable.trim(), line, standing));
    return;
  }
  const hashed = /\s--hash[= ]/.test(line);
  const [plain = ""] = line.split(/\s--(?:hash|config-settings|global-option)/, 1);
  addRequirement(read, plain.trim(), { ...standing, hashed });
}

/** One requirement in PEP 508's words. */
export function addRequirement(
  read: Read,
  raw: string,
  { hashed = false, ...standing }: Standing & { hashed?: boolean },
): void {
  try {
    if (raw.length > MAX_REQUIREMENT) throw new Error("It is too long.");
    const parsed = parsePipRequirementsLine(raw);
    if (parsed === null || !("name" in parsed)) return;
    const { environmentMarkerTree: marker } = parsed;
    read.declared.push({
      name: normalName(parsed.name),
      ...standing,
      raw,
      specifiers: "versionSpec" in parsed ? (parsed.versionSpec ?? []) : [],
      ...(marker === undefined ? {} : { marker }),
      ...("url" in parsed ? { url: parsed.url } : {}),
      hashed,
    });
  } catch (error) {
    const direct = /^(?:git\+|https?:|file:|\.{0,2}\/)/.test(raw);
    if (direct) read.declared.push(editableOf(raw, raw, standing));
    else read.findings.push(invalid(raw, standing, error));
  }
}

function editableOf(url: string, raw: string, standing: Standing): Declared {
  const name =
    /[#&]egg=([\w.-]+)/.exec(url)?.[1] ??
    /\/([\w.-]+?)(?:\.git)?(?:@[^/]*)?$/.exec(url)?.[1] ??
    url;
  return { ...standing, name: normalName(name), raw, specifiers: [], url, hashed: false };
}

function invalid(raw: string, { file, line }: Standing, error: unknown): Finding {
  const [, , detail = "It does not follow PEP 508."] =
    /^(.*?)(?:Line 1, )?(col \d+: .*)?$/s.exec(error instanceof Error ? error.message : "") ?? [];
  return {
    rule: "invalid-requirement",
    severity: "error",
    message: `"${raw.slice(0, 120)}" is no requirement: ${detail.slice(0, 200)}`,
    location: { file, line, column: 1 },
    evidence: raw.slice(0, 160),
    fix: "Write NAME[EXTRA] OPERATOR VERSION; MARKER as PEP 508 says.",
  };
}

function optionFindings(line: string, { file, line: at }: Standing): Finding[] {
  const location = { file, line: at, column: 1 };
  const found: Finding[] = [];
  if (line.startsWith("--extra-index-url")) {
    found.push({
      rule: "extra-index",
      severity: "warning",
      message: "A second index: whoever takes a name on the other index can have it installed.",
      location,
      evidence: "--extra-index-url",
      fix: "Use one index that mirrors the other, or pin with hashes.",
      reference: "CWE-427",
    });
  }
  if (/^--trusted-host|^(?:-i|--index-url|--extra-index-url|-f|--find-links)[ =]http:/.test(line)) {
    found.push({
      rule: "insecure-index",
      severity: "error",
      message: "Packages come without a check of who sends them.",
      location,
      evidence: line.split(/[ =]/, 1)[0] ?? "",
      fix: "Use https and a certificate that is trusted.",
      reference: "CWE-494",
    });
  }
  return found;
}
