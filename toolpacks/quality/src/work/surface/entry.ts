/** Which file of a tree is what others import. */
import { InputProblem } from "flotilla/worker/review";
import type { Texts } from "../program/readable.ts";

const USUAL = /^(?:(?:src|lib|dist|types|typings)\/)?(?:index|main|mod)\.(?:d\.)?[cm]?[jt]s$/;
const CODE = /\.[cm]?[jt]sx?$/;

/** The one asked for, the package's types, the usual name, or the only file. */
export function entryOf(files: Texts, asked: string | undefined, side: string): string {
  const paths = files.map(([path]) => path).filter((path) => CODE.test(path));
  if (asked !== undefined && paths.includes(asked)) return asked;
  const manifest = files.find(([path]) => path === "package.json")?.[1];
  const named = asked === undefined && manifest !== undefined ? typesOf(manifest) : undefined;
  const found =
    paths.find((path) => path === named || path === `${named}.d.ts`) ??
    paths.find((path) => USUAL.test(path)) ??
    (paths.length === 1 ? paths[0] : undefined);
  if (found !== undefined && asked === undefined) return found;
  throw new InputProblem(
    asked === undefined
      ? `It is not clear which file of ${side} others import.`
      : `There is no ${asked} in ${side}.`,
    { hint: `Name it as entry. There are: ${paths.slice(0, 10).join(", ")}` },
  );
}

export function versionOf(files: Texts): string | undefined {
  const manifest = files.find(([path]) => path === "package.json")?.[1];
  return manifest === undefined ? undefined : textAt(jsonOf(manifest), ["version"]);
}

function typesOf(manifest: string): string | undefined {
  const json = jsonOf(manifest);
  const ways = [
    ["types"],
    ["typings"],
    ["exports", ".", "types"],
    ["exports", ".", "import", "types"],
    ["exports", "types"],
    ["exports", "."],
  ];
  return ways
    .map((way) => textAt(json, way))
    .find((one) => one !== undefined)
    ?.replace(/^\.\//, "");
}

function textAt(value: unknown, way: readonly string[]): string | undefined {
  let at: unknown = value;
  for (const key of way) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = new Map<string, unknown>(Object.entries(at)).get(key);
  }
  return typeof at === "string" ? at : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
