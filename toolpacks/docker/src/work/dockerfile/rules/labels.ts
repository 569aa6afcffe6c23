/** Label keys by Docker's guidelines, and a label schema the caller asks for. */
import type { DockerfileModel, Instruction } from "../model.ts";
import type { Report, Rule } from "../reporting.ts";

export type LabelFormat = "text" | "url" | "rfc3339" | "semver" | "hash" | "spdx" | "email";

const RESERVED = /^(com\.docker\.|io\.docker\.|org\.dockerproject\.)/;
/** Lower-case letters, digits, dots and dashes; starts and ends with a letter or digit; none of both twice in a row. */
const KEY = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

const FORMATS: Record<
  LabelFormat,
  { test: (value: string) => boolean; reference: string; words: string }
> = {
  text: { test: (value) => value !== "", reference: "DL3051", words: "some text" },
  url: {
    test: (value) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) && URL.canParse(value),
    reference: "DL3052",
    words: "an address",
  },
  rfc3339: {
    test: (value) =>
      /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value) &&
      !Number.isNaN(Date.parse(value)),
    reference: "DL3053",
    words: "a time as in RFC 3339",
  },
  spdx: {
    test: (value) =>
      /^[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*$/.test(value) &&
      /\d|^(ISC|MIT|Zlib|Unlicense|curl|X11|NTP)$/.test(value),
    reference: "DL3054",
    words: "an SPDX identifier",
  },
  hash: {
    test: (value) => /^([0-9a-f]{7}|[0-9a-f]{40})$/.test(value),
    reference: "DL3055",
    words: "a Git hash",
  },
  semver: {
    test: (value) => /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(value),
    reference: "DL3056",
    words: "a semantic version",
  },
  email: {
    test: (value) => /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value),
    reference: "DL3058",
    words: "an e-mail address",
  },
};

export interface LabelOptions {
  labels?: Readonly<Record<string, LabelFormat>>;
  strict?: boolean;
}

export function labelRules({ labels = {}, strict = false }: LabelOptions): Rule {
  const wanted = new Map(Object.entries(labels));
  return ({ model, report }) => {
    for (const one of model.instructions.filter(({ keyword }) => keyword === "LABEL")) {
      for (const { name, value = "" } of one.pairs) {
        checkKey(one, name, report);
        checkValue({ one, name, value, format: wanted.get(name) }, report);
        if (!strict || wanted.has(name)) continue;
        report({
          rule: "label-superfluous",
          reference: "DL3050",
          severity: "info",
          at: one,
          object: name,
          message: `The label ${name} is not in your schema.`,
          evidence: name,
          fix: "Remove it.",
        });
      }
    }
    checkMissing(model, [...wanted.keys()], report);
  };
}

function checkKey(one: Instruction, name: string, report: Report): void {
  const isReserved = RESERVED.test(name);
  if (!isReserved && (KEY.test(name) || name.includes("$"))) return;
  report({
    rule: "label-key",
    reference: "DL3048",
    severity: "info",
    at: one,
    object: name,
    message: isReserved
      ? `${name} is in a namespace that belongs to Docker.`
      : `${name} is not a usual label key.`,
    evidence: name,
    fix: "Use lower-case letters, digits, single dots and dashes, best below your domain: org.example.name",
  });
}

interface Labelled {
  one: Instruction;
  name: string;
  value: string;
  format: LabelFormat | undefined;
}

function checkValue({ one, name, value, format }: Labelled, report: Report): void {
  if (format === undefined || FORMATS[format].test(value) || value.includes("$")) return;
  const { reference, words } = FORMATS[value === "" ? "text" : format];
  report({
    rule: "label-value",
    reference,
    severity: "warning",
    at: one,
    object: name,
    message: value === "" ? `The label ${name} is empty.` : `The label ${name} is not ${words}.`,
    evidence: `${name}=${value}`,
    fix: `Write ${FORMATS[format].words}.`,
  });
}

function checkMissing(
  { stages }: DockerfileModel,
  wanted: readonly string[],
  report: Report,
): void {
  const last = stages.at(-1);
  if (last === undefined) return;
  const labels = last.instructions.filter(({ keyword }) => keyword === "LABEL");
  const given = new Set(labels.flatMap(({ pairs }) => pairs.map(({ name }) => name)));
  for (const name of wanted.filter((one) => !given.has(one))) {
    report({
      rule: "label-missing",
      reference: "DL3049",
      severity: "info",
      at: last.from,
      object: name,
      message: `The label ${name} is missing.`,
      fix: `Add LABEL ${name}=…`,
    });
  }
}
