/** The least Python that code needs now, and what a target version changes in it. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { lintFile, patchesOf } from "./lint.ts";
import type { FilePatch, Linted } from "./lint.ts";
import { lineAt } from "./lint.ts";
import { libraryFeatures } from "./python-features.ts";
import type { Feature } from "./python-features.ts";
import { nameOf } from "./rules.ts";
import type { OpenRuff } from "./ruff.ts";
import { settingsOf, versionCode } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { parsePython } from "./syntax.ts";

export interface UpgradeInput {
  files: Record<string, string>;
  /** `3.12`. */
  target: string;
  /** Also modernise where ruff calls the fix unsafe. Default true: the patch is meant to be read. */
  unsafeFixes?: boolean;
  ignore?: string[];
}
export interface UpgradeAnswer extends FindingReport {
  files: number;
  target: string;
  /** `3.9`: nothing older runs all of it; 3.7 where nothing asks for more. */
  minimum: string;
  /** What asks for the most. */
  reasons: { what: string; since: string; file: string; line: number }[];
  /** Things that are gone in the target version. */
  blockers: number;
  modernisations: { rule: string; name: string; count: number }[];
  patches: FilePatch[];
}

const OLDEST = 7;
const NEWEST = 14;
const ADDED = /^(Cannot use |)(.+?) on Python 3\.\d+ \(syntax was added in Python 3\.(\d+)\)$/;

export async function planUpgrade(input: UpgradeInput, openRuff: OpenRuff): Promise<UpgradeAnswer> {
  const settings = settingsOf({ files: input.files, config: "none" });
  const minor = Number(input.target.split(".")[1]);
  const syntax = await withRuff(openRuff, settings, {
    options: { "target-version": versionCode(`3.${OLDEST}`), lint: { select: ["FA102"] } },
    work: (ruff) =>
      settings.modules.flatMap(([file, text]) => lintFile(ruff, settings, { file, text })),
  });
  const features = [
    ...syntax.flatMap(syntaxFeature),
    ...settings.modules.flatMap(([file, text]) => libraryFeatures(parsePython(file, text))),
  ];
  const modern = await modernised(input, settings, openRuff);
  const needed = features.filter(({ guarded }) => !guarded);
  const minimum = Math.max(OLDEST, ...needed.map(({ since }) => since));
  const findings: Finding[] = [
    ...syntax
      .filter(({ rule, message }) => rule === "invalid-syntax" && !ADDED.test(message))
      .map(plain),
    ...features.flatMap((one) => goneFinding(one, minor, input.files)),
    ...needed.filter(({ since }) => since > minor).map((one) => tooNew(one, input)),
    ...modern.findings,
  ];
  return {
    files: settings.modules.length,
    target: input.target,
    minimum: `3.${minimum}`,
    reasons: needed
      .filter(({ since }) => since === minimum)
      .slice(0, 20)
      .map(({ what, since, file, line }) => ({ what, since: `3.${since}`, file, line })),
    blockers: features.filter((one) => isGone(one, minor) && !one.guarded).length,
    modernisations: modern.counts,
    patches: modern.patches,
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

type Ruff = Awaited<ReturnType<OpenRuff>>;

async function withRuff<T>(
  openRuff: OpenRuff,
  settings: Settings,
  { options, work }: { options: Record<string, unknown>; work: (ruff: Ruff) => T },
): Promise<T> {
  const ruff = await openRuff({ ...settings.options, ...options });
  try {
    return work(ruff);
  } finally {
    ruff.close();
  }
}

function plain({ rule, severity, message, location, text }: Linted): Finding {
  const evidence = lineAt(text, location?.line ?? 1);
  return { rule, severity, message, ...(location === undefined ? {} : { location }), evidence };
}

/** Ruff says with each piece of syntax in which version it came, and which annotations run into newer types. */
function syntaxFeature({ rule, message, location }: Linted): Feature[] {
  if (rule === "FA102" && location?.file !== undefined) {
    const { file, line, column } = location;
    const isUnion = message.includes("PEP 604");
    const what = isUnion ? "X | Y in an annotation" : "list[X] in an annotation";
    const since = isUnion ? 10 : 9;
    return [{ what, kind: "syntax", since, gone: 0, file, line, column, guarded: false }];
  }
  const [, , what, since] = ADDED.exec(message) ?? [];
  if (rule !== "invalid-syntax" || what === undefined || location?.file === undefined) return [];
  const { file, line, column } = location;
  return [
    { what, kind: "syntax", since: Number(since), gone: 0, file, line, column, guarded: false },
  ];
}

function isGone({ gone, since }: Feature, minor: number): boolean {
  return gone > 0 && gone <= minor && since < gone;
}

function goneFinding(one: Feature, minor: number, files: Record<string, string>): Finding[] {
  if (!isGone(one, minor)) return [];
  const { what, file, line, column, guarded } = one;
  return [
    {
      rule: one.kind === "module" ? "removed-module" : "removed-name",
      severity: guarded ? "info" : "error",
      message: `${what} is gone since Python 3.${one.gone}${guarded ? "; its absence is taken care of" : ""}.`,
      location: { file, line, column },
      object: what,
      evidence: lineAt(Object.hasOwn(files, file) ? (files[file] ?? "") : "", line),
      fix: insteadOf(what),
    },
  ];
}

/** What takes the place of the removed, as the release notes of Python say. */
const INSTEAD: readonly [RegExp, string][] = [
  [/^distutils\b/, "Use setuptools, shutil, sysconfig or packaging.version."],
  [/^imp\b/, "Use importlib."],
  [/^collections\./, "Import it from collections.abc."],
  [/^(?:asyncore|asynchat|smtpd)\b/, "Use asyncio (aiosmtpd for smtpd)."],
  [/^cgi(?:tb)?\b/, "Use a web framework, or legacy-cgi."],
  [/^crypt\b/, "Use bcrypt or argon2-cffi."],
  [/^telnetlib\b/, "Use telnetlib3 or asyncssh."],
  [/^pipes\b/, "Use subprocess and shlex.quote."],
  [/^imghdr\b|^sndhdr\b/, "Use filetype or puremagic."],
  [/^lib2to3\b/, "Use LibCST or parso."],
  [/^inspect\.getargspec$/, "Use inspect.signature or inspect.getfullargspec."],
  [/^asyncio\.coroutine$/, "Use async def."],
  [/^unittest\.makeSuite$|^unittest\.findTestCases$/, "Use unittest.TestLoader."],
  [/^time\.clock$/, "Use time.perf_counter or time.process_time."],
  [/^ast\.(?:Num|Str|Bytes|NameConstant|Ellipsis)$/, "Use ast.Constant."],
  [/^pkgutil\.|^importlib\./, "Use importlib.util and importlib.resources.files."],
];

function insteadOf(what: string): string {
  return (
    INSTEAD.find(([pattern]) => pattern.test(what))?.[1] ??
    "See the release notes of that version for what takes its place."
  );
}

function tooNew({ what, since, file, line, column }: Feature, input: UpgradeInput): Finding {
  return {
    rule: "needs-newer-python",
    severity: "error",
    message: `${what} needs Python 3.${since}, which is newer than ${input.target}.`,
    location: { file, line, column },
    object: what,
    fix: `Raise the target to 3.${since}, or do without it.`,
  };
}

async function modernised(input: UpgradeInput, settings: Settings, openRuff: OpenRuff) {
  const minor = Math.min(NEWEST, Number(input.target.split(".")[1]));
  // FA and PYI ask for more than a version does; UP is what became possible, F401 what it leaves unused.
  const lint = {
    select: ["UP", "FURB188", "FURB189", "DTZ003", "DTZ004", "PYI036"],
    ignore: ["UP015"],
  };
  return withRuff(openRuff, settings, {
    options: { "target-version": versionCode(`3.${minor}`), lint },
    work: (ruff) => {
      const all = settings.modules
        .flatMap(([file, text]) => lintFile(ruff, settings, { file, text }))
        .filter(({ rule }) => rule !== "invalid-syntax");
      const counts = [...Map.groupBy(all, ({ rule }) => rule)]
        .map(([rule, found]) => ({ rule, name: nameOf(rule) ?? rule, count: found.length }))
        .toSorted((a, b) => b.count - a.count);
      const mode = input.unsafeFixes === false ? "safe" : "all";
      return {
        findings: all.map(plain),
        counts,
        patches: patchesOf(ruff, settings, { all, mode }),
      };
    },
  });
}
