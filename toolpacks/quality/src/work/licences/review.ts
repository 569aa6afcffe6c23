/** Holds the licences of a project's packages against a policy, and writes notices and an SBOM. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import type { Family } from "./families.ts";
import { judge, readLicence } from "./policy.ts";
import type { Policy, Verdict } from "./policy.ts";
import { folderOf } from "./read.ts";
import type { Inventory, LicensedPackage } from "./read.ts";

export interface LicenceOptions {
  policy?: Policy | undefined;
  notices?: boolean | undefined;
  sbom?: boolean | undefined;
  /** Whether packages for development count. */
  dev?: boolean | undefined;
  ignore?: string[] | undefined;
}
export interface JudgedPackage {
  name: string;
  version: string;
  license: string;
  chosen: string;
  family: Family;
  verdict: Verdict;
  dev: boolean;
}
export interface LicenceAnswer extends FindingReport {
  packages: JudgedPackage[];
  total: number;
  verdicts: Record<Verdict, number>;
  licenses: { license: string; packages: number }[];
  project?: string;
  notices?: string;
  sbom?: unknown;
}

const MAX_LISTED = 2_000;

export async function reviewLicences(
  { project, packages, texts }: Inventory,
  { policy = {}, notices, sbom, dev = false, ignore }: LicenceOptions,
): Promise<LicenceAnswer> {
  const counted = packages.filter((one) => dev || !one.dev);
  if (packages.length === 0)
    throw new InputProblem("There is no package to look at.", {
      hint: "Pass a package-lock.json, installed package.json files, a CycloneDX document, or packages.",
    });
  const findings: Finding[] = [];
  const own = project?.license === undefined ? undefined : readLicence(project.license).text;
  const judged = counted.map((one) => judgePackage(one, { policy, own, findings }));
  const verdicts = { allowed: 0, review: 0, denied: 0, unknown: 0 };
  for (const { verdict } of judged) verdicts[verdict] += 1;
  const groups = Map.groupBy(judged, ({ license }) => license || "(none)");
  return {
    packages: judged.toSorted((a, b) => worst(b.verdict) - worst(a.verdict)).slice(0, MAX_LISTED),
    total: judged.length,
    verdicts,
    licenses: [...groups]
      .map(([license, members]) => ({ license, packages: members.length }))
      .toSorted((a, b) => b.packages - a.packages),
    ...(own === undefined ? {} : { project: own }),
    ...(notices === true ? { notices: noticesOf(judged, counted, texts) } : {}),
    ...(sbom === true ? { sbom: (await import("./sbom.ts")).sbomOf(project, packages) } : {}),
    ...reportOf(findings, { ignore }),
  };
}

function worst(verdict: Verdict): number {
  return ["allowed", "review", "unknown", "denied"].indexOf(verdict);
}

interface Case {
  policy: Policy;
  own: string | undefined;
  findings: Finding[];
}

function judgePackage(one: LicensedPackage, { policy, own, findings }: Case): JudgedPackage {
  const { name, version, dev } = one;
  const tell = (
    finding: Pick<Finding, "rule" | "severity" | "message"> & Partial<Finding>,
  ): void => {
    const evidence = one.license?.slice(0, 200);
    const place = one.path === undefined ? one.file : `${one.file} (${one.path})`;
    findings.push({
      object: `${name}@${version}`,
      ...(evidence === undefined
        ? {}
        : { evidence: place === undefined ? evidence : `${evidence}; ${place}` }),
      ...finding,
    });
  };
  const base = { name, version, license: one.license ?? "", dev };
  const reason = exceptionOf(policy, one);
  const read = one.license === undefined ? undefined : readLicence(one.license);
  if (read?.corrected !== undefined)
    tell({
      rule: "license-not-spdx",
      severity: "info",
      message: `Its licence is no SPDX expression; it was read as ${read.corrected}.`,
      fix: "Look at its licence text.",
    });
  const judged = read?.expression === undefined ? undefined : judge(read.expression, policy);
  if (reason !== undefined) {
    const chosen = judged?.chosen ?? base.license;
    return { ...base, chosen, family: judged?.family ?? "unknown", verdict: "allowed" };
  }
  if (judged === undefined) {
    tell(
      read === undefined
        ? {
            rule: "license-missing",
            severity: "warning",
            message: "Nothing says under which licence it is.",
          }
        : {
            rule: "license-unclear",
            severity: "warning",
            message: "Its licence is no SPDX expression.",
            fix: "Read its text, and name it under policy.exceptions.",
          },
    );
    return { ...base, chosen: "", family: "unknown", verdict: "unknown" };
  }
  tellVerdict(judged, policy, tell);
  const clash = own === undefined ? undefined : clashOf(own, judged.chosen);
  if (clash !== undefined)
    tell({ rule: "incompatible-with-project", severity: "error", message: clash });
  return { ...base, ...judged };
}

type Tell = (finding: Pick<Finding, "rule" | "severity" | "message"> & Partial<Finding>) => void;

function tellVerdict(
  { verdict, family, chosen }: ReturnType<typeof judge>,
  policy: Policy,
  tell: Tell,
): void {
  const asked = policy.allow !== undefined || (policy.deny?.length ?? 0) > 0;
  if (verdict === "denied")
    tell({
      rule: "license-denied",
      severity: "error",
      message: asked
        ? `The policy does not allow ${chosen}.`
        : `${chosen} (${family}) reaches what is shipped with it.`,
      fix: "Replace it, or ask whoever answers for licences.",
    });
  if (verdict === "review")
    tell({
      rule: "license-review",
      severity: "warning",
      message: `${chosen} (${family}) asks that changes to it stay open.`,
      fix: "Keep it apart and unchanged, or publish the changes.",
    });
  if (verdict === "unknown")
    tell({
      rule: "license-unknown",
      severity: "warning",
      message: `What ${chosen} asks for is not known here.`,
      fix: "Read it, and put it under policy.allow or policy.deny.",
    });
}

function exceptionOf(
  { exceptions = {} }: Policy,
  { name, version }: LicensedPackage,
): string | undefined {
  const key = [`${name}@${version}`, name].find((one) => Object.hasOwn(exceptions, one));
  return key === undefined ? undefined : exceptions[key];
}

/** The Free Software Foundation's list of licences that cannot be together in one work. */
function clashOf(own: string, chosen: string): string | undefined {
  const parts = chosen.split(" AND ");
  const isGpl2 = (one: string): boolean => /^GPL-2\.0(?:-only)?$/.test(one);
  const isGpl3 = (one: string): boolean => /^A?GPL-3\.0(?:-only|-or-later|\+)?$/.test(one);
  const hit = parts.find(
    (one) =>
      (isGpl2(own) && (one === "Apache-2.0" || isGpl3(one))) ||
      (isGpl3(own) && isGpl2(one)) ||
      (/^A?GPL-/.test(own) && /^(?:CDDL|EPL-1|BSD-4-Clause$|CC-BY-NC)/.test(one)),
  );
  return hit === undefined ? undefined : `${hit} cannot be part of a work under ${own}.`;
}

/** What most licences ask to be shipped: names, licences, and the texts that were passed; equal texts once. */
function noticesOf(
  judged: readonly JudgedPackage[],
  packages: readonly LicensedPackage[],
  texts: ReadonlyMap<string, string>,
): string {
  const groups = new Map<string, string[]>();
  for (const [at, { name, version, chosen, license }] of judged.entries()) {
    const one = packages[at];
    const folder = one?.path ?? folderOf(one?.file ?? "");
    const text = texts.get(folder)?.trim() ?? "";
    const key = text === "" ? "" : text;
    groups.set(key, [
      ...(groups.get(key) ?? []),
      `${name} ${version}: ${chosen || license || "no licence named"}`,
    ]);
  }
  const parts = [...groups].map(([text, names]) =>
    [...names, ...(text === "" ? [] : ["", text])].join("\n"),
  );
  return `THIRD-PARTY NOTICES\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}
