/** html_validate: conformance by html-validate, structure by the pack's own rules. */
import { createTwoFilesPatch } from "diff";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { HtmlValidate, StaticConfigLoader } from "html-validate/browser";
import type { Message } from "html-validate/browser";
import { readSite } from "../site/site.ts";
import type { SiteInput } from "../site/site.ts";
import { parseHtml } from "./document.ts";
import { anchorsOf, outlineOf } from "./outline.ts";
import type { Outline } from "./outline.ts";
import { structureFindings } from "./structure.ts";

export interface ValidateInput extends SiteInput {
  profile?: "standard" | "strict";
  ignore?: string[];
}

export interface ValidatedPage extends Outline {
  page: string;
  valid: boolean;
}

export interface ValidateAnswer extends FindingReport {
  pages: ValidatedPage[];
}

const MAX_PATCHES = 25;
const MAX_PATCHED_TEXT = 200_000;
const PRESETS = {
  standard: ["html-validate:standard", "html-validate:document", "html-validate:a11y"],
  strict: ["html-validate:recommended", "html-validate:document"],
};
/** Matters of taste, which the standard leaves open, and of the server. */
const OFF = {
  "doctype-style": "off",
  "void-style": "off",
  "long-title": "off",
  "require-sri": "off",
} as const;

export async function validateHtml(input: ValidateInput): Promise<ValidateAnswer> {
  const { profile = "standard" } = input;
  const site = await readSite(input, { maxPages: 100 });
  const documents = new Map(
    site.pages.map((page) => [page, parseHtml(site.files[page] ?? "", page)] as const),
  );
  const validator = new HtmlValidate(
    new StaticConfigLoader({
      root: true,
      extends: PRESETS[profile],
      rules: profile === "strict" ? {} : OFF,
    }),
  );
  const anchors = new Map([...documents].map(([page, one]) => [page, anchorsOf(one)] as const));
  const names = new Set(Object.keys(site.files));
  const findings: Finding[] = [];
  const pages: ValidatedPage[] = [];
  for (const [file, document] of documents) {
    const source = site.files[file] ?? "";
    const outline = outlineOf(document, file);
    const report = await validator.validateString(source, file);
    const messages = report.results.flatMap((one) => one.messages);
    findings.push(...(await fromMessages(messages, { validator, source, file })));
    findings.push(...structureFindings({ file, document, outline, anchors, names }));
    pages.push({ page: file, valid: report.valid, ...outline });
  }
  return { pages, ...reportOf(findings, { ignore: input.ignore }) };
}

interface Checked {
  validator: HtmlValidate;
  source: string;
  file: string;
}

async function fromMessages(messages: readonly Message[], checked: Checked): Promise<Finding[]> {
  const findings: Finding[] = [];
  let patches = 0;
  for (const message of messages) {
    const canPatch = message.fix !== undefined && patches < MAX_PATCHES;
    const patch = canPatch ? await patchOf(message, checked) : undefined;
    if (patch !== undefined) patches += 1;
    findings.push(findingOf(message, checked, patch));
  }
  return findings;
}

function findingOf(
  { ruleId, severity, message, line, column, size, selector, offset }: Message,
  { file, source }: Checked,
  patch: string | undefined,
): Finding {
  const evidence = source.slice(offset, offset + Math.min(Math.max(size, 1), 160));
  const criterion =
    /^wcag\/h\d+$/.exec(ruleId) === null
      ? undefined
      : `WCAG technique ${ruleId.slice(5).toUpperCase()}`;
  return {
    rule: ruleId,
    severity: severity === 2 ? "error" : "warning",
    message: message.endsWith(".") ? message : `${message}.`,
    location: { file, line, column },
    ...(selector === null ? {} : { object: selector.slice(0, 300) }),
    ...(evidence.trim() === "" ? {} : { evidence }),
    ...(patch === undefined ? {} : { fix: "Apply the patch.", patch }),
    ...(criterion === undefined ? {} : { reference: criterion }),
  };
}

async function patchOf(
  { fix }: Message,
  { validator, source, file }: Checked,
): Promise<string | undefined> {
  if (fix === undefined || source.length > MAX_PATCHED_TEXT) return undefined;
  const fixed = await validator.autofix(fix).catch(() => undefined);
  if (fixed === undefined || fixed === source) return undefined;
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, source, fixed, "", "", { context: 3 });
}
