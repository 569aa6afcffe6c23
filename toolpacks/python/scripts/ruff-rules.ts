/**
 * `node scripts/ruff-rules.ts RULES FINDINGS`: writes what the wasm build does not tell about a rule: its name, and how
 * far its fix can be trusted. RULES is the output of `ruff rule --all --output-format json`, FINDINGS that of
 * `ruff check --isolated --select ALL --output-format json` over a large body of code, such as Python's own library;
 * both by the ruff of the same version as the wasm package.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Rule {
  code: string;
  name: string;
  fix_availability: string;
  explanation: string;
  status: unknown;
}

interface Found {
  code: string;
  fix: { applicability: string } | null;
}

const [rulesFile = "", findingsFile = ""] = process.argv.slice(2);
const rules: Rule[] = JSON.parse(readFileSync(rulesFile, "utf8"));
const findings: Found[] = JSON.parse(readFileSync(findingsFile, "utf8"));
const manual = new Set(
  findings.filter(({ fix }) => fix?.applicability === "displayonly").map(({ code }) => code),
);
/** Not every rule whose fix ruff holds back says so in its text. */
const heldBack = new Set(
  findings
    .filter(({ fix }) => fix !== null && fix.applicability !== "safe")
    .map(({ code }) => code),
);
const applied = new Set(
  findings.filter(({ fix }) => fix?.applicability === "safe").map(({ code }) => code),
);
const names: Record<string, string> = {};
const unsafe: string[] = [];
const unlessComments: string[] = [];

for (const rule of rules) {
  if (JSON.stringify(rule.status).includes("Removed")) continue;
  names[rule.code] = rule.name;
  const trust = trustOf(rule);
  if (trust === "never") unsafe.push(rule.code);
  if (trust === "comments") unlessComments.push(rule.code);
}
const file = new URL("../src/data/ruff-rules.gen.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ names, unsafe, unlessComments })}\n`);

/** From the rule's own section about its fix: without one, ruff applies the fix unasked. */
function trustOf({ code, fix_availability, explanation }: Rule): "always" | "comments" | "never" {
  if (manual.has(code) || (heldBack.has(code) && !applied.has(code))) return "never";
  if (fix_availability === "None") return "always";
  const [, section] = explanation.split("## Fix safety\n");
  if (section === undefined) return heldBack.has(code) ? "never" : "always";
  const words = section.split("\n## ")[0]?.toLowerCase() ?? "";
  if (/^\s*fixes to remove unused imports are safe/.test(words)) return "always";
  const onlyComments =
    words.includes("comment") && !/behavio|always|side effect|error|unsafe because/.test(words);
  return onlyComments ? "comments" : "never";
}
