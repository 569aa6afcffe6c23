/** A Compose project: its files read, variables filled in, merged, and each service in one plain form. */
import { InputProblem } from "flotilla/worker/review";
import type { Finding, Location } from "flotilla/worker/review";
import { dict, isDict, list, own, scalar, text } from "../values.ts";
import type { Dict } from "../values.ts";
import { readYaml } from "../yaml-text.ts";
import type { Path, YamlDocument } from "../yaml-text.ts";
import { interpolate } from "./interpolate.ts";
import { portsOf } from "./ports.ts";
import type { Port } from "./ports.ts";

export interface Mount {
  type: string;
  source: string | undefined;
  target: string;
  readOnly: boolean;
  /** Of tmpfs. */
  size?: string | undefined;
}

export interface Service {
  name: string;
  raw: Dict;
  image: string | undefined;
  hasBuild: boolean;
  ports: Port[];
  mounts: Mount[];
  /** Undefined: taken from the environment of whoever starts it. */
  environment: Map<string, string | undefined>;
  dependsOn: { service: string; condition: string; required: boolean }[];
  networks: string[];
  replicas: number;
  place(...path: (string | number)[]): Location;
}

export interface Project {
  documents: YamlDocument[];
  /** Merged, in the order the files were given. */
  value: Dict;
  services: Map<string, Service>;
  /** Syntax problems, and variables nobody sets. */
  problems: Finding[];
  place(path: Path): Location;
}

const MAX_SERVICES = 500;

/** Rejects with `InputProblem` when there is no Compose file in it. */
export function readProject(
  sources: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Project {
  const problems: Finding[] = [];
  const documents: YamlDocument[] = [];
  for (const [file, source] of Object.entries(sources)) {
    if (source.trim() === "")
      throw new InputProblem("The file is empty.", {
        location: { file },
        hint: "Pass a Compose file with services.",
      });
    const read = readYaml(file, source);
    problems.push(...read.problems);
    const [document] = read.documents;
    if (document?.value === undefined) continue;
    if (!isDict(document.value))
      throw new InputProblem("A Compose file is a mapping with services.", {
        location: { file, line: 1 },
      });
    const value = interpolate(document, variables, problems);
    documents.push({ ...document, value });
  }
  const value = documents.reduce<Dict>((all, one) => merged(all, dict(one.value)), {});
  const place = (path: Path): Location => {
    const holder =
      documents.findLast((one) => path.length === 0 || holds(one.value, path)) ??
      documents.findLast((one) => holds(one.value, path.slice(0, 2)));
    return (holder ?? documents[0])?.place(path) ?? { line: 1, column: 1 };
  };
  const raw = Object.entries(dict(value["services"]));
  if (raw.length > MAX_SERVICES)
    throw new InputProblem(`It has ${raw.length} services; at most ${MAX_SERVICES}.`);
  const services = new Map(raw.map(([name, one]) => [name, serviceOf(name, dict(one), place)]));
  return { documents, value, services, problems, place };
}

function holds(value: unknown, path: Path): boolean {
  let found = value;
  for (const key of path) {
    found = typeof key === "number" ? list(found)[key] : own(found, key);
    if (found === undefined) return false;
  }
  return true;
}

/** As Compose merges: mappings by key, lists one after the other, everything else by the last. */
function merged(below: Dict, above: Dict): Dict {
  const result: Dict = Object.assign(Object.create(null), below);
  for (const [key, value] of Object.entries(above)) {
    const before = result[key];
    if (isDict(before) && isDict(value)) result[key] = merged(before, value);
    else if (
      Array.isArray(before) &&
      Array.isArray(value) &&
      key !== "command" &&
      key !== "entrypoint" &&
      key !== "test"
    ) {
      result[key] = [...new Set([...before, ...value])];
    } else result[key] = value;
  }
  return result;
}

function serviceOf(name: string, raw: Dict, place: (path: Path) => Location): Service {
  const deploy = dict(raw["deploy"]);
  return {
    name,
    raw,
    image: text(raw["image"]),
    hasBuild: raw["build"] !== undefined,
    ports: portsOf(raw["ports"]),
    mounts: mountsOf(raw),
    environment: pairsOf(raw["environment"]),
    dependsOn: dependsOf(raw["depends_on"]),
    networks: Array.isArray(raw["networks"])
      ? raw["networks"].map(String)
      : Object.keys(dict(raw["networks"])),
    replicas: Number(scalar(deploy["replicas"]) ?? scalar(raw["scale"]) ?? 1) || 0,
    place: (...path) => place(["services", name, ...path]),
  };
}

/** A mapping, or a list of NAME=VALUE. */
export function pairsOf(value: unknown): Map<string, string | undefined> {
  if (Array.isArray(value)) {
    return new Map(
      value.map((one) => {
        const pair = String(one);
        const cut = pair.indexOf("=");
        return cut < 0 ? [pair, undefined] : [pair.slice(0, cut), pair.slice(cut + 1)];
      }),
    );
  }
  return new Map(
    Object.entries(dict(value)).map(([name, one]) => [
      name,
      one === null ? undefined : scalar(one),
    ]),
  );
}

function dependsOf(value: unknown): Service["dependsOn"] {
  if (Array.isArray(value))
    return value.map((one) => ({
      service: String(one),
      condition: "service_started",
      required: true,
    }));
  return Object.entries(dict(value)).map(([service, one]) => ({
    service,
    condition: text(dict(one)["condition"]) ?? "service_started",
    required: dict(one)["required"] !== false,
  }));
}

function mountsOf(raw: Dict): Mount[] {
  const tmpfs = [raw["tmpfs"]].flat().flatMap((one) => (typeof one === "string" ? [one] : []));
  return [
    ...list(raw["volumes"]).flatMap((one) =>
      typeof one === "string" ? [shortMount(one)] : longMount(dict(one)),
    ),
    ...tmpfs.map((one): Mount => ({
      type: "tmpfs",
      source: undefined,
      target: one.split(":")[0] ?? one,
      readOnly: false,
    })),
  ];
}

function shortMount(written: string): Mount {
  const isDrive = /^[A-Za-z]:[\\/]/.test(written);
  const parts = (isDrive ? written.slice(2) : written).split(":");
  if (parts.length === 1)
    return { type: "volume", source: undefined, target: written, readOnly: false };
  const source = `${isDrive ? written.slice(0, 2) : ""}${parts[0] ?? ""}`;
  const options = (parts[2] ?? "").split(",");
  const isPath = isDrive || /^[./~\\]/.test(source) || source.startsWith("${");
  return {
    type: isPath ? "bind" : "volume",
    source,
    target: parts[1] ?? "",
    readOnly: options.includes("ro"),
  };
}

function longMount(mount: Dict): Mount[] {
  const target = text(mount["target"]);
  if (target === undefined) return [];
  return [
    {
      type: text(mount["type"]) ?? "volume",
      source: text(mount["source"]),
      target,
      readOnly: mount["read_only"] === true,
      size: scalar(dict(mount["tmpfs"])["size"]),
    },
  ];
}
