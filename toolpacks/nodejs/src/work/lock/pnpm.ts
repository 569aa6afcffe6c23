/** pnpm-lock.yaml, versions 5 to 9. https://github.com/pnpm/spec/tree/master/lockfile */
import { fieldsOf, own, textOf, textsOf, versionText } from "../json.ts";
import type { Fields } from "../json.ts";
import { needsOf } from "./model.ts";
import type { Kind, Lock, Locked, Need } from "./model.ts";

const TABLES: readonly (readonly [string, Kind])[] = [
  ["dependencies", "prod"],
  ["optionalDependencies", "optional"],
  ["devDependencies", "dev"],
];

export function readPnpm(value: Fields, file: string): Lock {
  const formatVersion = versionText(own(value, "lockfileVersion")) ?? "";
  const old = Number.parseFloat(formatVersion) < 6;
  const about = fieldsOf(own(value, "packages"));
  // From version 9 on what a package is (packages) and what it got (snapshots) stand apart.
  const table = fieldsOf(own(value, "snapshots") ?? about);
  const keys = new Set(Object.keys(table));
  const packages = new Map<string, Locked>();
  const projects = Object.entries(importersOf(value)).map(([place, raw]) => {
    const importer = fieldsOf(raw);
    const id = place === "." ? "." : `./${place}`;
    packages.set(id, {
      ...plainLocked(id, place, "0.0.0"),
      project: true,
      needs: TABLES.flatMap(([name, kind]) => importerNeeds(importer, name, kind)),
    });
    return { id, place };
  });
  for (const [key, raw] of Object.entries(table)) {
    packages.set(key, packageOf(key, { entry: fieldsOf(raw), about, old }));
  }
  const places = new Map(projects.map(({ id, place }) => [place, id]));
  for (const locked of packages.values()) {
    const place = locked.project ? locked.id.replace(/^\.\//, "") : ".";
    locked.needs = locked.needs.map((need) => linked(need, { keys, places, place, old }));
  }
  return {
    format: "pnpm",
    formatVersion,
    file,
    projects: projects.map(({ id }) => id),
    packages: renamed(packages),
    rootsKnown: true,
  };
}

function importersOf(value: Fields): Fields {
  return fieldsOf(own(value, "importers") ?? { ".": value });
}

function importerNeeds(importer: Fields, name: string, kind: Kind): (Need & { ref: string })[] {
  const specifiers = fieldsOf(own(importer, "specifiers"));
  return Object.entries(fieldsOf(own(importer, name))).map(([dependency, raw]) => {
    const ref = textOf(raw) ?? textOf(own(fieldsOf(raw), "version")) ?? "";
    const range = textOf(own(fieldsOf(raw), "specifier")) ?? textOf(own(specifiers, dependency));
    return { name: dependency, range: range ?? ref, kind, ref };
  });
}

function plainLocked(id: string, name: string, version: string): Locked {
  return { id, name, version, project: false, needs: [], mark: id };
}

function packageOf(
  key: string,
  { entry, about, old }: { entry: Fields; about: Fields; old: boolean },
): Locked {
  const facts = fieldsOf(own(about, key) ?? own(about, withoutPeers(key)));
  const parsed = nameAndVersion(key, old);
  const name = textOf(own(facts, "name")) ?? parsed.name;
  const version = textOf(own(facts, "version")) ?? parsed.version;
  const deprecated = textOf(own(facts, "deprecated"));
  const resolution = fieldsOf(own(facts, "resolution"));
  const [tarball, repo] = [textOf(own(resolution, "tarball")), textOf(own(resolution, "repo"))];
  const engine = textOf(own(fieldsOf(own(facts, "engines")), "node"));
  return {
    ...plainLocked(key, name, version),
    mark: withoutPeers(key),
    needs: [
      ...needsOf(textsOf(own(entry, "dependencies")), "prod"),
      ...needsOf(textsOf(own(entry, "optionalDependencies")), "optional"),
    ],
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(own(facts, "requiresBuild") === true ? { installScript: true } : {}),
    ...((tarball ?? repo) === undefined ? {} : { resolved: tarball ?? repo ?? "" }),
    ...(engine === undefined ? {} : { engine }),
    ...(repo === undefined ? { checksum: own(resolution, "integrity") !== undefined } : {}),
  };
}

/** `/@s/n/1.0.0_peer@2` (5), `/@s/n@1.0.0(peer@2)` (6), `@s/n@1.0.0(peer@2)` (9). */
function nameAndVersion(key: string, old: boolean): { name: string; version: string } {
  const bare = withoutPeers(key).replace(/^\//, "");
  const at = old ? bare.lastIndexOf("/") : bare.lastIndexOf("@");
  if (at <= 0) return { name: bare, version: "0.0.0" };
  const version = bare.slice(at + 1);
  const peers = old ? version.indexOf("_") : -1;
  return { name: bare.slice(0, at), version: peers === -1 ? version : version.slice(0, peers) };
}

function withoutPeers(key: string): string {
  const at = key.indexOf("(");
  return at === -1 ? key : key.slice(0, at);
}

interface Links {
  keys: ReadonlySet<string>;
  places: ReadonlyMap<string, string>;
  place: string;
  old: boolean;
}

function linked(need: Need & { ref?: string }, links: Links): Need {
  const { ref: given, ...plain } = need;
  const ref = given ?? need.range;
  if (ref.startsWith("link:")) {
    const to = links.places.get(joined(links.place, ref.slice("link:".length)));
    return to === undefined ? plain : { ...plain, to };
  }
  const candidates = [
    ref,
    links.old ? `/${need.name}/${ref}` : `/${need.name}@${ref}`,
    `${need.name}@${ref}`,
    `/${ref}`,
  ];
  const to = candidates.find((one) => links.keys.has(one));
  return to === undefined ? plain : { ...plain, to };
}

function joined(from: string, way: string): string {
  const parts = from === "." ? [] : from.split("/");
  for (const step of way.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== "." && step !== "") parts.push(step);
  }
  return parts.join("/") || ".";
}

/** Ids as people write them, `name@version`, kept with their peers where one version is there twice. */
function renamed(packages: ReadonlyMap<string, Locked>): Map<string, Locked> {
  const times = new Map<string, number>();
  const plain = ({ name, version }: Locked): string => `${name}@${version}`;
  for (const one of packages.values()) times.set(plain(one), (times.get(plain(one)) ?? 0) + 1);
  const ids = new Map<string, string>();
  for (const [key, one] of packages) {
    const unique = one.project || times.get(plain(one)) === 1;
    ids.set(key, one.project ? key : unique ? plain(one) : key.replace(/^\//, ""));
  }
  const known = (key: string): string => ids.get(key) ?? key;
  return new Map(
    [...packages].map(([key, one]) => [
      known(key),
      {
        ...one,
        id: known(key),
        needs: one.needs.map((need) =>
          need.to === undefined ? need : { ...need, to: known(need.to) },
        ),
      },
    ]),
  );
}
