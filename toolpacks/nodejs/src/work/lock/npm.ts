/**
 * package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
 * https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
 */
import { InputProblem } from "flotilla/worker/review";
import { fieldsOf, own, textOf, textsOf, versionText } from "../json.ts";
import type { Fields } from "../json.ts";
import { MAX_PACKAGES, idMaker, manifestNeeds } from "./model.ts";
import type { Lock, Locked, Need } from "./model.ts";

/** Trees of version 1 nest; nobody installs deeper than this. */
const MAX_NESTING = 100;

export function readNpm(value: Fields, file: string, root: Fields | undefined): Lock {
  const version = versionText(own(value, "lockfileVersion")) ?? "1";
  const modern = own(value, "packages");
  const entries =
    modern === undefined ? fromTree(value, root) : new Map(Object.entries(fieldsOf(modern)));
  if (entries.size > MAX_PACKAGES)
    throw new InputProblem(`${file} has ${entries.size} packages; at most ${MAX_PACKAGES}.`);
  // The copy that is written into node_modules has no entry for the project itself.
  const rootsKnown = entries.has("") || root !== undefined;
  const top = fieldsOf(entries.get("") ?? root);
  entries.set("", { name: own(value, "name"), version: own(value, "version"), ...top });
  const ids = placesToIds(entries);
  const packages = new Map<string, Locked>();
  for (const [place, raw] of entries) {
    const entry = fieldsOf(raw);
    if (own(entry, "link") === true) continue;
    const id = ids.get(place) ?? place;
    const needs = needsOfEntry(entry, isProject(place)).map((need) => {
      const to = resolved(need.name, place, { entries, ids });
      return to === undefined ? need : { ...need, to };
    });
    packages.set(id, lockedOf({ id, place, entry, needs }));
  }
  const projects = [...entries.keys()].filter(isProject).map((place) => ids.get(place) ?? place);
  const first = ids.get("") ?? "";
  const lock: Lock = {
    format: "npm",
    formatVersion: version,
    file,
    projects: [first, ...projects.filter((id) => id !== first)],
    packages,
    rootsKnown,
  };
  return lock;
}

const isProject = (place: string): boolean => !place.includes("node_modules/");

function nameOf(place: string, entry: Fields): string {
  const given = textOf(own(entry, "name"));
  if (given !== undefined) return given;
  const at = place.lastIndexOf("node_modules/");
  return at === -1 ? place || "." : place.slice(at + "node_modules/".length);
}

function placesToIds(entries: ReadonlyMap<string, unknown>): Map<string, string> {
  const make = idMaker();
  const ids = new Map<string, string>();
  // The shortest place first: the copy at the top is the one people mean.
  const places = [...entries.keys()].toSorted((a, b) => a.length - b.length);
  for (const place of places) {
    const entry = fieldsOf(entries.get(place));
    if (own(entry, "link") === true) continue;
    ids.set(place, make(nameOf(place, entry), versionOf(entry), place || "."));
  }
  for (const place of places) {
    const entry = fieldsOf(entries.get(place));
    const target = own(entry, "link") === true ? textOf(own(entry, "resolved")) : undefined;
    const id = target === undefined ? undefined : ids.get(target);
    if (id !== undefined) ids.set(place, id);
  }
  return ids;
}

const versionOf = (entry: Fields): string => textOf(own(entry, "version")) ?? "0.0.0";

function lockedOf(one: { id: string; place: string; entry: Fields; needs: Need[] }): Locked {
  const { id, place, entry, needs } = one;
  const [license, deprecated] = [textOf(own(entry, "license")), textOf(own(entry, "deprecated"))];
  const from = textOf(own(entry, "resolved"));
  const engine = textOf(own(fieldsOf(own(entry, "engines")), "node"));
  const bare =
    isProject(place) || own(entry, "inBundle") === true || own(entry, "bundled") === true;
  return {
    id,
    name: nameOf(place, entry),
    version: versionOf(entry),
    project: isProject(place),
    needs,
    mark: textOf(own(entry, " mark")) ?? `"${place}"`,
    ...(license === undefined ? {} : { license }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(own(entry, "hasInstallScript") === true ? { installScript: true } : {}),
    ...(from === undefined ? {} : { resolved: from }),
    ...(engine === undefined ? {} : { engine }),
    ...(bare || /^(git|file)/.test(from ?? "")
      ? {}
      : { checksum: own(entry, "integrity") !== undefined }),
  };
}

function needsOfEntry(entry: Fields, project: boolean): Need[] {
  const pairs = (name: string): [string, string][] => textsOf(own(entry, name));
  const needs = manifestNeeds({
    prod: pairs("dependencies"),
    dev: project ? pairs("devDependencies") : [],
    optional: pairs("optionalDependencies"),
    peer: pairs("peerDependencies"),
  });
  const optionalPeers = fieldsOf(own(entry, "peerDependenciesMeta"));
  return needs.map((need) =>
    need.kind === "peer" && own(fieldsOf(own(optionalPeers, need.name)), "optional") === true
      ? { ...need, kind: "optional" }
      : need,
  );
}

/** Node's own way: the nearest node_modules on the way up. */
function resolved(
  name: string,
  from: string,
  { entries, ids }: { entries: ReadonlyMap<string, unknown>; ids: ReadonlyMap<string, string> },
): string | undefined {
  let folder = from;
  for (let step = 0; step < 2 * MAX_NESTING; step += 1) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (entries.has(place)) return ids.get(place);
    if (folder === "") return undefined;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
  }
  return undefined;
}

/** The tree of version 1 as the flat table of version 2. */
function fromTree(value: Fields, root: Fields | undefined): Map<string, Fields> {
  const entries = new Map<string, Fields>();
  if (root !== undefined) entries.set("", root);
  const open: { prefix: string; table: Fields; depth: number }[] = [
    { prefix: "", table: fieldsOf(own(value, "dependencies")), depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { prefix, table, depth } = next;
    for (const [name, raw] of Object.entries(table)) {
      const entry = fieldsOf(raw);
      const place = `${prefix}node_modules/${name}`;
      const alias = /^npm:(.+)@([^@]+)$/.exec(versionOf(entry));
      entries.set(place, {
        ...entry,
        ...(alias === null ? {} : { name: alias[1], version: alias[2] }),
        dependencies: own(entry, "requires"),
        " mark": `"${name}"`,
      });
      const below = fieldsOf(own(entry, "dependencies"));
      if (depth < MAX_NESTING && entries.size <= MAX_PACKAGES)
        open.push({ prefix: `${place}/`, table: below, depth: depth + 1 });
    }
  }
  return entries;
}
