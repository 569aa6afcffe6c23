import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { fields, list, whole, words, yesNo } from "../lib/fields.ts";
import { REPORT_LIMITS } from "../lib/texts.ts";
import type { LicenceAnswer, LicenceOptions } from "../work/licences/review.ts";

export interface LicenseInput extends SourceInput, LicenceOptions {
  packages?: { name: string; version?: string; license?: string }[];
}

const name = { type: "string", minLength: 1, maxLength: 300 };
const ids = { type: "array", items: name, maxItems: 1_000 };

const input = plainObject({
  ...sourceProperties(
    {
      content: "A package-lock.json or a CycloneDX document.",
      files:
        "package-lock.json, package.json of the project and of node_modules/*, CycloneDX JSON (*bom.json), LICENSE files.",
      path: "A project's folder, with node_modules; or one of these files.",
    },
    { ...REPORT_LIMITS, maxFiles: 20_000 },
  ),
  packages: {
    type: "array",
    items: plainObject({ name, version: name, license: { ...name, maxLength: 1_000 } }, ["name"]),
    maxItems: 20_000,
    description: "Instead, or also: packages with their licences.",
  },
  policy: {
    ...plainObject({
      allow: {
        ...ids,
        description: "SPDX ids; BSD-* for a family. With it, all others are denied.",
      },
      deny: ids,
      exceptions: {
        type: "object",
        additionalProperties: { type: "string", maxLength: 1_000 },
        maxProperties: 2_000,
        description: "name or name@version → why it is fine.",
      },
    }),
    description:
      "Default: permissive is allowed, weak copyleft is to be reviewed, strong and network copyleft is denied.",
  },
  dev: {
    type: "boolean",
    description: "Also what is installed for development only. Default false.",
  },
  notices: { type: "boolean", description: "Also the text for a third-party notices file." },
  sbom: { type: "boolean", description: "Also a CycloneDX 1.6 document." },
  ignore: ignoreProperty,
});

const VERDICTS = "allowed review denied unknown";
const output = answerObject(
  {
    packages: list({
      ...fields("name version license chosen", words),
      family: { enum: ["permissive", "weak-copyleft", "copyleft", "network-copyleft", "unknown"] },
      verdict: { enum: VERDICTS.split(" ") },
      dev: yesNo,
    }),
    total: whole,
    verdicts: answerObject(fields(VERDICTS, whole), VERDICTS.split(" ")),
    licenses: list({ license: words, packages: whole }),
    project: words,
    notices: words,
    sbom: {
      ...answerObject(
        { bomFormat: { const: "CycloneDX" }, specVersion: words, components: { type: "array" } },
        ["bomFormat", "specVersion"],
      ),
      description: "https://cyclonedx.org/docs/1.6/json/",
    },
    ...reportProperties,
  },
  ["packages", "total", "verdicts", "licenses", ...reportRequired],
);

export function licenseCompliance(jobs: Jobs<PackJobs>): Tool {
  return defineTool<LicenseInput>({
    name: "license_compliance",
    title: "Check licences",
    description:
      "Holds the licences of a project's packages against a policy, by SPDX rules: OR lets choose, AND asks for all, later versions and exceptions count. Reads npm's lock file, installed packages, CycloneDX documents or a list; says what is denied, to be reviewed, unclear, missing, or cannot be together with the project's own licence. On request it writes the third-party notices and a CycloneDX 1.6 SBOM.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "Two packages, one of them with a choice",
        arguments: {
          packages: [
            { name: "left", version: "1.0.0", license: "(GPL-3.0-only OR MIT)" },
            { name: "right", version: "2.0.0", license: "AGPL-3.0-or-later" },
          ],
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("license_compliance", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: LicenceAnswer): string {
  const { total, verdicts, licenses, project } = value;
  return [
    `${total} packages: ${verdicts.allowed} allowed, ${verdicts.review} to review, ${verdicts.denied} denied, ${verdicts.unknown} unknown.${project === undefined ? "" : ` The project: ${project}.`}`,
    licenses
      .slice(0, 8)
      .map(({ license, packages }) => `${license} ${packages}`)
      .join(", "),
    summaryOf(value),
    ...(value.notices === undefined ? [] : [value.notices.slice(0, 400)]),
  ].join("\n");
}
