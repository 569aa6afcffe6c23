/** Finds the lockfile among the given files and reads it, whoever wrote it. */
import { parseSyml } from "@yarnpkg/parsers";
import { parse as parseYaml } from "yaml";
import { InputProblem } from "flotilla/worker/review";
import { isFields, own, parseObject, refuseDepth, withoutMark } from "../json.ts";
import type { Fields } from "../json.ts";
import { MAX_PACKAGES } from "./model.ts";
import type { Lock } from "./model.ts";
import { readNpm } from "./npm.ts";
import { readPnpm } from "./pnpm.ts";
import { readYarn } from "./yarn.ts";

const NAMES = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  ".package-lock.json",
] as const;

type Files = Readonly<Record<string, string>>;

const baseOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;
const folderOf = (path: string): string => path.slice(0, path.length - baseOf(path).length);

export function isLockName(path: string): boolean {
  return NAMES.some((name) => name === baseOf(path));
}

/** The lockfile nearest to the top. Undefined when none of the files is one. */
export function lockName(files: Files): string | undefined {
  const rank = (path: string): number => NAMES.findIndex((name) => name === baseOf(path));
  const depth = (path: string): number => path.split(/[/\\]/).length;
  return Object.keys(files)
    .filter(isLockName)
    .toSorted((a, b) => depth(a) - depth(b) || rank(a) - rank(b))[0];
}

/** Throws `InputProblem` when there is no lockfile, or it cannot be read. */
export function readLock(files: Files): Lock {
  const named = lockName(files);
  const [only] = Object.keys(files);
  const file = named ?? (Object.keys(files).length === 1 ? only : undefined);
  if (file === undefined) {
    throw new InputProblem("There is no lockfile among the files.", {
      hint: `Pass one of ${NAMES.slice(0, 4).join(", ")}.`,
    });
  }
  const text = withoutMark(files[file] ?? "");
  const manifest = Object.hasOwn(files, `${folderOf(file)}package.json`)
    ? parseObject(files[`${folderOf(file)}package.json`] ?? "", `${folderOf(file)}package.json`)
    : undefined;
  const lock = parsed(text, file, manifest);
  if (lock.packages.size > MAX_PACKAGES)
    throw new InputProblem(`${file} has more than ${MAX_PACKAGES} packages.`);
  return rooted(lock);
}

function parsed(text: string, file: string, manifest: Fields | undefined): Lock {
  if (text.trim() === "") throw new InputProblem(`${file} is empty.`, { location: { file } });
  if (text.trimStart().startsWith("{")) {
    const value = parseObject(text, file);
    if (!["lockfileVersion", "packages", "dependencies"].some((key) => Object.hasOwn(value, key)))
      throw notALock(file);
    return readNpm(value, file, manifest);
  }
  refuseDepth(text, file);
  if (baseOf(file).endsWith(".yaml") || /^lockfileVersion:/m.test(text)) {
    const value = attempt(file, () => parseYaml(text, { maxAliasCount: 0, logLevel: "silent" }));
    if (!isFields(value) || own(value, "lockfileVersion") === undefined) throw notALock(file);
    return readPnpm(value, file);
  }
  const value = attempt(file, () => parseSyml(text));
  if (!isFields(value) || !Object.values(value).some(looksLocked)) throw notALock(file);
  return readYarn(value, file, manifest);
}

const looksLocked = (entry: unknown): boolean =>
  isFields(entry) && own(entry, "version") !== undefined;

function notALock(file: string): InputProblem {
  return new InputProblem(`${file} is no lockfile of npm, pnpm or yarn.`, {
    hint: "Pass package-lock.json, pnpm-lock.yaml or yarn.lock under its own name.",
  });
}

/** The parsers' own words for a mistake, with the line where they give one. */
function attempt(file: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const line = /line (\d+)/i.exec(said)?.[1];
    throw new InputProblem(`${file} cannot be read: ${(said.split("\n")[0] ?? "").slice(0, 200)}`, {
      location: { file, ...(line === undefined ? {} : { line: Number(line) }) },
    });
  }
}

/** Where nobody says what the project asks for: what nobody else needs. */
function rooted(lock: Lock): Lock {
  if (lock.rootsKnown) return lock;
  const root = lock.packages.get(lock.projects[0] ?? "");
  if (root === undefined) return lock;
  const needed = new Set(
    [...lock.packages.values()].flatMap(({ needs }) => needs.map(({ to }) => to)),
  );
  root.needs = [...lock.packages.values()]
    .filter(({ id, project }) => !project && !needed.has(id))
    .map(({ id, name, version }) => ({ name, range: version, kind: "prod", to: id }));
  return lock;
}
