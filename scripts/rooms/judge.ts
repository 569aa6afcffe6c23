/** Holds every import against the table and says in one sentence what is wrong with those that break it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findCycles } from "./cycles.ts";
import { importsOf, type Import } from "./imports.ts";
import { loadPackages, resolveImport, type Packages, type Target } from "./resolve.ts";
import {
  because,
  doorsInto,
  loadTable,
  matchesAny,
  placeOf,
  runtimeOf,
  sourceFiles,
  type Place,
  type RoomsTable,
} from "./table.ts";

interface House {
  root: string;
  table: RoomsTable;
  packages: Packages;
}

interface Edge {
  file: string;
  from: Place;
  isTest: boolean;
  import: Import;
}

export interface Verdict {
  files: number;
  imports: number;
  problems: string[];
}

export function judgeHouse(root: string): Verdict {
  const house: House = { root, table: loadTable(root), packages: loadPackages(root) };
  const problems: string[] = [];
  const fileGraph = new Map<string, Set<string>>();
  const roomGraph = new Map<string, Set<string>>();
  const files = sourceFiles(root, house.table);
  let imports = 0;
  for (const file of files) {
    const from = placeOf(house.table, file);
    if (from === undefined) continue;
    const isTest = matchesAny(file, house.table.testFiles);
    for (const found of importsOf(root, file)) {
      imports += 1;
      const edge: Edge = { file, from, isTest, import: found };
      const target = resolveImport(house.packages, file, found.specifier);
      const problem = judge(house, edge, target);
      if (problem !== undefined) problems.push(`${file}:${found.line} ${problem}`);
      // Tests may look at anything's public side; what ships may not go round in circles.
      if (target.kind === "file" && !isTest) {
        // Two files that share types both ways load in any order; rooms that do are one room.
        if (!found.typeOnly) link(fileGraph, file, target.path);
        const to = placeOf(house.table, target.path);
        if (to !== undefined && to.room !== from.room)
          link(roomGraph, from.room.name, to.room.name);
      }
    }
  }
  for (const cycle of findCycles(fileGraph))
    problems.push(`files in a circle: ${cycle.join(" → ")}`);
  for (const cycle of findCycles(roomGraph))
    problems.push(`rooms in a circle: ${cycle.join(" → ")}`);
  return { files: files.length, imports, problems };
}

function link(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set();
  graph.set(from, targets.add(to));
}

function judge(house: House, edge: Edge, target: Target): string | undefined {
  if (target.kind === "platform") return judgePlatform(house, edge, target);
  if (target.kind === "package") return judgePackage(house, edge, target.name);
  if (!existsSync(join(house.root, target.path))) {
    return `imports ${edge.import.specifier}, which does not exist`;
  }
  const to = placeOf(house.table, target.path);
  if (to === undefined) {
    if (target.path === "package.json") return undefined;
    return `imports ${target.path}, which is in no room`;
  }
  const sameHome = to.room === edge.from.room && to.leaf === edge.from.leaf;
  return sameHome ? judgeInside(house, edge, to) : judgeAcross(house, edge, { to, target });
}

function judgePlatform(
  house: House,
  edge: Edge,
  target: Extract<Target, { kind: "platform" }>,
): string | undefined {
  const runtime = runtimeOf(house.table, edge.from);
  if (runtime === "any" || runtime === target.runtime) return undefined;
  if (edge.isTest && target.runtime === "node") return undefined;
  return `imports ${target.name}: only files named *.${target.runtime}.ts may, this one is ${runtime}`;
}

function judgePackage(house: House, edge: Edge, name: string): string | undefined {
  const { room } = edge.from;
  const folder = edge.from.leaf ?? room.path;
  const leaf = house.packages.manifests.get(folder);
  const own = Object.keys(leaf?.dependencies ?? {});
  if ((room.packages === "own" ? own : room.packages).includes(name)) return undefined;
  if (edge.isTest) {
    if (house.table.testPackages.includes(name)) return undefined;
    if (leaf?.devDependencies?.[name] !== undefined) return undefined;
  }
  const where = room.packages === "own" ? `${folder}/package.json` : "its row in rooms.json";
  return `imports the package ${name}, which ${where} does not list`;
}

function judgeInside(house: House, edge: Edge, to: Place): string | undefined {
  if (edge.isTest) return undefined;
  const { table } = house;
  const path = `${to.leaf ?? to.room.path}/${to.inside}`;
  if (matchesAny(path, table.testFiles)) return `imports ${path}: what ships must not import tests`;
  const fromDriver = edge.from.inside.startsWith("drivers/");
  if (to.inside.startsWith("drivers/") && !fromDriver && edge.from.room.composes !== true) {
    return `imports ${path}: drivers are named by cli, deploy and their own tests alone`;
  }
  return judgeRuntimes(house, edge, to);
}

function judgeAcross(
  house: House,
  edge: Edge,
  { to, target }: { to: Place; target: Extract<Target, { kind: "file" }> },
): string | undefined {
  const { table } = house;
  const { room } = edge.from;
  const what = `imports ${to.room.name}/${to.inside}`;
  if (room === to.room) {
    if (target.published && dependsOn(house, edge.from.leaf, to.leaf)) return undefined;
    return `${what}: ${to.leaf ?? to.room.name} is another package`;
  }
  const isDoor =
    room.imports[to.room.name] === "public"
      ? target.published
      : matchesAny(to.inside, doorsInto(table, room, to.room));
  const isTestDoor = edge.isTest && matchesAny(to.inside, [...table.testDoors, "conformance.ts"]);
  if (isDoor || isTestDoor) return edge.isTest ? undefined : judgeRuntimes(house, edge, to);
  if (room.imports[to.room.name] === undefined) return `${what}: ${because(table, room, to.room)}`;
  if (room.imports[to.room.name] === "public") return `${what}: use the published name, flotilla/…`;
  return `${what}: enter by ${doorsInto(table, room, to.room).join(", ")}`;
}

/** A leaf may use another by its published name, when its own package.json says that it does. */
function dependsOn(house: House, leaf: string | undefined, other: string | undefined): boolean {
  const name = house.packages.manifests.get(other ?? "")?.name ?? "";
  return house.packages.manifests.get(leaf ?? "")?.dependencies?.[name] !== undefined;
}

/** What runs anywhere may not lean on what runs in one place. */
function judgeRuntimes(house: House, edge: Edge, to: Place): string | undefined {
  const mine = runtimeOf(house.table, edge.from);
  const theirs = runtimeOf(house.table, to);
  if (mine === theirs || mine === "any" || theirs === "neutral" || theirs === "any")
    return undefined;
  return `imports ${to.room.name}/${to.inside}: a ${mine} file must not import a ${theirs} one`;
}
