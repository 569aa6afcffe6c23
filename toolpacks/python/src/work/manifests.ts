/** Requirements of pyproject.toml (PEP 621, PEP 735, build system, Poetry) and Pipfile. */
import { readToml } from "./settings.ts";
import { normalName } from "../data/distributions.ts";
import { addRequirement } from "./requirements.ts";
import type { Read } from "./requirements.ts";
import type { Specifier } from "./versions.ts";

export interface Manifest extends Read {
  requiresPython?: string;
  /** The project's own name. */
  name?: string;
  /** It is a package for others, whose pins become theirs. */
  isPackage: boolean;
}

type Table = Record<string, unknown>;

export function readManifest(file: string, text: string): Manifest {
  const root = readToml(file, text);
  const manifest: Manifest = { declared: [], findings: [], isPackage: false };
  const place = placer(file, text);
  const list = (value: unknown, group: string): void => {
    for (const raw of strings(value)) addRequirement(manifest, raw, place(raw, group));
  };
  if (file.endsWith("Pipfile")) {
    poetry(manifest, table(root["packages"]), { place, group: "main" });
    poetry(manifest, table(root["dev-packages"]), { place, group: "dev" });
    return manifest;
  }
  const project = table(root["project"]);
  list(project["dependencies"], "main");
  for (const [name, value] of Object.entries(table(project["optional-dependencies"])))
    list(value, name);
  for (const [name, value] of Object.entries(table(root["dependency-groups"]))) list(value, name);
  list(table(root["build-system"])["requires"], "build");
  const own = table(table(root["tool"])["poetry"]);
  poetry(manifest, table(own["dependencies"]), { place, group: "main" });
  poetry(manifest, table(own["dev-dependencies"]), { place, group: "dev" });
  for (const [name, value] of Object.entries(table(own["group"]))) {
    poetry(manifest, table(table(value)["dependencies"]), { place, group: name });
  }
  const requires = project["requires-python"] ?? poetryPython(table(own["dependencies"])["python"]);
  if (typeof requires === "string") manifest.requiresPython = requires;
  const name = project["name"] ?? own["name"];
  if (typeof name === "string") manifest.name = normalName(name);
  manifest.isPackage = root["build-system"] !== undefined && own["package-mode"] !== false;
  return manifest;
}

type Place = (raw: string, group: string) => { file: string; line: number; group: string };

/** The line of a value: TOML libraries give none, but each requirement stands there as it was written. */
function placer(file: string, text: string): Place {
  const lines = text.split("\n");
  return (raw, group) => {
    const at = lines.findIndex(
      (line) =>
        line.includes(`"${raw}"`) ||
        line.includes(`'${raw}'`) ||
        line.startsWith(`${raw} =`) ||
        line.startsWith(`"${raw}" =`),
    );
    return { file, line: at + 1 || 1, group };
  };
}

/** Poetry's own words: `name = "^1.2"`, or a table. Pipfile's are alike. */
function poetry(
  read: Read,
  dependencies: Table,
  { place, group }: { place: Place; group: string },
): void {
  for (const [name, value] of Object.entries(dependencies)) {
    if (name === "python") continue;
    const one = typeof value === "string" ? { version: value } : table(value);
    const version = typeof one["version"] === "string" ? one["version"] : "*";
    const url = [one["git"], one["url"], one["path"]].find((from) => typeof from === "string");
    const marker = typeof one["markers"] === "string" ? ` ; ${one["markers"]}` : "";
    const before = read.declared.length;
    addRequirement(read, `${name}${marker}`, place(name, group));
    const declared = read.declared[before];
    if (declared === undefined) continue;
    declared.raw = `${name} ${version}`;
    declared.specifiers = caret(version);
    if (typeof url === "string")
      declared.url = typeof one["rev"] === "string" ? `${url}@${one["rev"]}` : url;
  }
}

/** `^1.2.3`, `~1.2`, `1.2.*`, `1.2`, `>=1,<2` as PEP 440 says them. Alternatives (`||`) are left open. */
export function caret(version: string): Specifier[] {
  if (version.includes("||")) return [];
  return version.split(",").flatMap((part) => {
    const [, sign = "", number = ""] =
      /^\s*(\^|~(?!=)|~=|===?|!=|<=?|>=?)?\s*([\w.*+!-]+)\s*$/.exec(part) ?? [];
    if (number === "" || number === "*") return [];
    const least = { operator: ">=", version: number };
    if (sign === "^") return [least, { operator: "<", version: nextOf(number, caretPart(number)) }];
    if (sign === "~")
      return [least, { operator: "<", version: nextOf(number, number.includes(".") ? 1 : 0) }];
    return [{ operator: sign === "" ? "==" : sign, version: number }];
  });
}

/** The part that must not change: the first that is not zero. */
function caretPart(version: string): number {
  const parts = version.split(".");
  const first = parts.findIndex((part) => Number.parseInt(part, 10) > 0);
  return first < 0 ? parts.length - 1 : first;
}

function nextOf(version: string, part: number): string {
  const numbers = version.split(".").map((one) => Number.parseInt(one, 10) || 0);
  return numbers
    .slice(0, part + 1)
    .map((one, at) => (at === part ? one + 1 : one))
    .join(".");
}

function poetryPython(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return (
    caret(value)
      .map(({ operator, version }) => `${operator}${version}`)
      .join(",") || undefined
  );
}

function table(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
