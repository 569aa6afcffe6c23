/** yarn.lock: version 1 (classic) and the YAML of later versions (berry), read with yarn's own parser. */
import { fieldsOf, own, textOf, textsOf } from "../json.ts";
import type { Fields } from "../json.ts";
import { idMaker, manifestNeeds, needsOf } from "./model.ts";
import type { Lock, Locked, Need } from "./model.ts";

export function readYarn(table: Fields, file: string, root: Fields | undefined): Lock {
  const meta = fieldsOf(own(table, "__metadata"));
  const classic = !Object.hasOwn(table, "__metadata");
  const entries = Object.entries(table).filter(([key]) => key !== "__metadata");
  const byDescriptor = new Map<string, string>();
  const packages = new Map<string, Locked>();
  const make = idMaker();
  // The classic reader gives one entry once per key that leads to it.
  for (const [raw, same] of Map.groupBy(entries, ([, value]) => value)) {
    const key = same.map(([one]) => one).join(", ");
    // A patch is its package once more, with the same needs.
    if (key.includes("@patch:")) continue;
    const locked = lockedOf(key, fieldsOf(raw), { classic, make });
    packages.set(locked.id, locked);
    for (const descriptor of key.split(/, ?/)) byDescriptor.set(descriptor, locked.id);
  }
  const projects = [...packages.values()].filter(({ project }) => project).map(({ id }) => id);
  if (classic || projects.length === 0) {
    const rooted = rootOf(root);
    packages.set(rooted.id, rooted);
    projects.unshift(rooted.id);
  } else if (root !== undefined) tellKinds(packages, root);
  for (const locked of packages.values())
    locked.needs = locked.needs.map((need) => {
      const to = descriptors(need)
        .map((one) => byDescriptor.get(one))
        .find((id) => id !== undefined);
      // The protocol is berry's; the range is what package.json says.
      const range = need.range.replace(/^npm:(?=[^@]*$)/, "");
      return to === undefined ? { ...need, range } : { ...need, range, to };
    });
  return {
    format: classic ? "yarn-classic" : "yarn",
    formatVersion: classic ? "1" : (textOf(own(meta, "version")) ?? ""),
    file,
    projects: projects.toSorted((a, b) => Number(isTop(b, packages)) - Number(isTop(a, packages))),
    packages,
    rootsKnown: !classic || root !== undefined,
  };
}

const isTop = (id: string, packages: ReadonlyMap<string, Locked>): boolean =>
  packages.get(id)?.mark.endsWith("@workspace:.") ?? false;

function descriptors({ name, range }: Need): string[] {
  const bare = range.startsWith("npm:") ? range.slice("npm:".length) : range;
  return [
    `${name}@${range}`,
    `${name}@npm:${range}`,
    `${name}@${bare}`,
    `${name}@workspace:${range}`,
  ];
}

interface Reading {
  classic: boolean;
  make: (name: string, version: string, place: string) => string;
}

function lockedOf(key: string, entry: Fields, { classic, make }: Reading): Locked {
  const first = key.split(/, ?/)[0] ?? key;
  const resolution = textOf(own(entry, "resolution"));
  const project = resolution?.includes("@workspace:") ?? false;
  const version = (textOf(own(entry, "version")) ?? "0.0.0").replace("-use.local", "");
  const name = aliasOf(first) ?? nameOf(resolution ?? first);
  const from = textOf(own(entry, "resolved")) ?? resolution;
  const optional = fieldsOf(own(entry, "dependenciesMeta"));
  const all = textsOf(own(entry, "dependencies"));
  const isOptional = (one: string): boolean =>
    textOf(own(fieldsOf(own(optional, one)), "optional")) === "true";
  const sum = own(entry, classic ? "integrity" : "checksum");
  const fromRegistry = classic
    ? /^https?:/.test(from ?? "")
    : (resolution?.includes("@npm:") ?? false);
  return {
    id: make(name, version, first),
    name,
    version,
    project,
    needs: [
      ...needsOf(
        all.filter(([one]) => !isOptional(one)),
        "prod",
      ),
      ...needsOf(
        all.filter(([one]) => isOptional(one)),
        "optional",
      ),
      ...needsOf(textsOf(own(entry, "optionalDependencies")), "optional"),
    ],
    mark: first,
    ...(from === undefined ? {} : { resolved: from }),
    // Berry writes no checksum for what this platform did not fetch.
    ...(fromRegistry && own(entry, "conditions") === undefined
      ? { checksum: sum !== undefined }
      : {}),
  };
}

function nameOf(descriptor: string): string {
  const at = descriptor.indexOf("@", 1);
  return at === -1 ? descriptor : descriptor.slice(0, at);
}

/** `alias@npm:real@^1`: the name of what was really installed. */
function aliasOf(descriptor: string): string | undefined {
  return /^@?[^@]+@npm:(@?[^@]+)@/.exec(descriptor)?.[1];
}

function rootOf(root: Fields | undefined): Locked {
  const [name, version] = [
    textOf(own(root ?? {}, "name")) ?? ".",
    textOf(own(root ?? {}, "version")),
  ];
  return {
    id: `${name}@${version ?? "0.0.0"}`,
    name,
    version: version ?? "0.0.0",
    project: true,
    needs: manifestOf(root ?? {}),
    mark: "",
  };
}

export function manifestOf(root: Fields): Need[] {
  return manifestNeeds({
    prod: textsOf(own(root, "dependencies")),
    dev: textsOf(own(root, "devDependencies")),
    optional: textsOf(own(root, "optionalDependencies")),
    peer: textsOf(own(root, "peerDependencies")),
  });
}

/** Berry's lockfile does not say what is for development; the manifest does. */
function tellKinds(packages: ReadonlyMap<string, Locked>, root: Fields): void {
  const top = [...packages.values()].find(({ mark }) => mark.endsWith("@workspace:."));
  const dev = new Set(textsOf(own(root, "devDependencies")).map(([name]) => name));
  if (top === undefined) return;
  top.needs = top.needs.map((need) => (dev.has(need.name) ? { ...need, kind: "dev" } : need));
}
