/** Reviews a package: its manifest, its lockfile, and how it would look to who installs it. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { jsonPlaces, own, parseObject, textOf } from "../json.ts";
import { installedOf } from "../lock/model.ts";
import type { Lock } from "../lock/model.ts";
import { isLockName, lockName, readLock } from "../lock/read.ts";
import { lockFindings, managerFindings } from "./installed.ts";
import type { LicencePolicy } from "./installed.ts";
import { manifestFindings } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { publishFindings } from "./publishing.ts";
import { rangeFindings } from "./ranges.ts";

export interface ReviewInput {
  licenses?: LicencePolicy;
  ignore?: string[];
}

export interface ReviewAnswer extends FindingReport {
  name?: string;
  version?: string;
  private: boolean;
  lockfile?: { file: string; format: string; formatVersion: string; packages: number };
  /** Whether the package's own files were given, so that entry points could be checked. */
  entriesChecked: boolean;
  licenses: { license: string; packages: number }[];
}

type Files = Readonly<Record<string, string>>;

export async function reviewPackage(
  { licenses = {}, ignore = [] }: ReviewInput,
  files: Files,
): Promise<ReviewAnswer> {
  const manifest = manifestOf(files);
  const lock = lockName(files) === undefined ? undefined : readLock(files);
  if (manifest === undefined && lock === undefined)
    throw new InputProblem("There is neither a package.json nor a lockfile among the files.", {
      hint: "Pass both under their own names.",
    });
  const shipped = manifest === undefined ? {} : ownFiles(manifest.file, files);
  const entriesChecked = Object.keys(shipped).length > 1 && manifest?.private === false;
  const findings: Finding[] = [
    ...(manifest === undefined ? [] : [...manifestFindings(manifest), ...rangeFindings(manifest)]),
    ...(manifest === undefined || lock === undefined ? [] : managerFindings(manifest, lock)),
    ...(lock === undefined
      ? []
      : lockFindings(manifest, { lock, text: files[lock.file] ?? "", policy: licenses })),
    ...(manifest === undefined || !entriesChecked ? [] : await publishFindings(manifest, shipped)),
  ];
  const fields = manifest?.fields ?? {};
  const [name, version] = [textOf(own(fields, "name")), textOf(own(fields, "version"))];
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    private: manifest?.private ?? false,
    ...(lock === undefined ? {} : { lockfile: lockFacts(lock) }),
    entriesChecked,
    licenses: lock === undefined ? [] : licencesOf(lock),
    ...reportOf(findings, { ignore }),
  };
}

/** The manifest nearest to the top. */
function manifestOf(files: Files): Manifest | undefined {
  const [only] = Object.keys(files);
  const single =
    Object.keys(files).length === 1 && only !== undefined && !isLockName(only) ? only : undefined;
  const file =
    Object.keys(files)
      .filter((path) => /(^|\/)package\.json$/.test(path))
      .toSorted((a, b) => a.split("/").length - b.split("/").length)[0] ?? single;
  if (file === undefined) return undefined;
  const text = files[file] ?? "";
  const fields = parseObject(text, file);
  // One text without a name may be a lockfile.
  if (file === single && Object.hasOwn(fields, "lockfileVersion"))
    throw new InputProblem("This is a lockfile.", {
      hint: "Pass it in files under its own name, with the package.json.",
    });
  return { file, fields, places: jsonPlaces(text, file), private: own(fields, "private") === true };
}

function ownFiles(manifest: string, files: Files): Record<string, string> {
  const folder = manifest.slice(0, manifest.length - "package.json".length);
  return Object.fromEntries(
    Object.entries(files)
      .filter(
        ([path]) => path.startsWith(folder) && !isLockName(path) && !path.includes("node_modules/"),
      )
      .map(([path, text]) => [path.slice(folder.length), text]),
  );
}

function lockFacts(lock: Lock): ReviewAnswer["lockfile"] & object {
  const { file, format, formatVersion } = lock;
  return { file, format, formatVersion, packages: installedOf(lock).length };
}

function licencesOf(lock: Lock): ReviewAnswer["licenses"] {
  const groups = Map.groupBy(installedOf(lock), ({ license }) => license ?? "");
  return [...groups]
    .filter(([license]) => license !== "")
    .map(([license, all]) => ({ license: license.slice(0, 200), packages: all.length }))
    .toSorted((a, b) => b.packages - a.packages || (a.license < b.license ? -1 : 1))
    .slice(0, 100);
}
