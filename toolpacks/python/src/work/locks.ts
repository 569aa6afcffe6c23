/** What a lock file fixed: poetry.lock, uv.lock, pdm.lock, pylock.toml (PEP 751) and Pipfile.lock. */
import { InputProblem } from "flotilla/worker/review";
import { normalName } from "../data/distributions.ts";
import { readToml } from "./settings.ts";

export interface Locked {
  name: string;
  version: string;
  file: string;
  line: number;
  dependencies: string[];
  /** The project itself, or a folder beside it. */
  local: boolean;
}

export function isLock(file: string): boolean {
  return /(?:^|\/)(?:poetry|uv|pdm)\.lock$|(?:^|\/)pylock(?:\.[\w-]+)?\.toml$|(?:^|\/)Pipfile\.lock$/.test(
    file,
  );
}

export function readLock(file: string, text: string): Locked[] {
  if (file.endsWith("Pipfile.lock")) return pipfileLock(file, text);
  const root = readToml(file, text);
  const packages = [root["package"], root["packages"]].find((one) => Array.isArray(one)) ?? [];
  const lines = linesOf(text);
  return Array.from<unknown>(packages).flatMap((value) => {
    const one = table(value);
    const { name, version } = one;
    if (typeof name !== "string") return [];
    const source = table(one["source"]);
    const local = ["virtual", "editable", "directory"].some((kind) => kind in source);
    const key = normalName(name);
    return [
      {
        name: key,
        version: typeof version === "string" ? version : "",
        file,
        line: lines.get(key) ?? 1,
        dependencies: namesOf(one),
        local,
      },
    ];
  });
}

/** uv lists tables with a name, poetry a table by name, pdm requirements as text. Extras and groups count as well. */
function namesOf(one: Record<string, unknown>): string[] {
  const lists = [
    one["dependencies"],
    ...Object.values(table(one["optional-dependencies"])),
    ...Object.values(table(one["dev-dependencies"])),
  ];
  return lists
    .flatMap((list) => (Array.isArray(list) ? Array.from<unknown>(list) : Object.keys(table(list))))
    .flatMap((value) => {
      const word = typeof value === "string" ? value : table(value)["name"];
      const [name] = typeof word === "string" ? (/^[A-Za-z0-9][\w.-]*/.exec(word) ?? []) : [];
      return name === undefined ? [] : [normalName(name)];
    });
}

function linesOf(text: string): Map<string, number> {
  const found = new Map<string, number>();
  let line = 0;
  for (const words of text.split("\n")) {
    line += 1;
    const [, name] = /^name = "([^"]{1,200})"/.exec(words) ?? [];
    if (name !== undefined && !found.has(normalName(name))) found.set(normalName(name), line);
  }
  return found;
}

function pipfileLock(file: string, text: string): Locked[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw new InputProblem("This is no valid JSON.", { location: { file } });
  }
  return ["default", "develop"].flatMap((section) =>
    Object.entries(table(table(root)[section])).map(([name, value]) => {
      const version = table(value)["version"];
      return {
        name: normalName(name),
        version: typeof version === "string" ? version.replace(/^==/, "") : "",
        file,
        line: 1,
        dependencies: [],
        local: false,
      };
    }),
  );
}

function table(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
