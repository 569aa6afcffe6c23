/** The import table of `rooms.json`, read once and answered from: which room a file is in and what it may name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

export interface Room {
  name: string;
  path: string;
  charter: string;
  /** Front doors when they differ from the table's. */
  doors?: string[];
  /** What an unsuffixed file may use: nothing of any platform, Node's modules, or whatever its entry says. */
  runtime: "neutral" | "node" | "any";
  /** A composition root: also names drivers and Node-only entries. */
  composes?: boolean;
  /** Each sub-folder is a package of its own. */
  leaves?: boolean;
  /** `doors`: by the front doors; `public`: by the trunk's published exports; a list: by these files alone. */
  imports: Record<string, "doors" | "public" | string[]>;
  /** Third-party packages; `own`: the dependencies of the leaf's package.json. */
  packages: string[] | "own";
}

export interface RoomsTable {
  doors: string[];
  compositionDoors: string[];
  testFiles: string[];
  testDoors: string[];
  testPackages: string[];
  suffixes: Record<string, "node" | "workerd">;
  rooms: Room[];
  never: { from: string; to: string; because: string }[];
}

/** Where a file lives: its room, its path inside it and, in a room of leaves, which leaf. */
export interface Place {
  room: Room;
  inside: string;
  leaf: string | undefined;
}

export function loadTable(root: string): RoomsTable {
  const table: RoomsTable = JSON.parse(readFileSync(join(root, "rooms.json"), "utf8"));
  return table;
}

export function placeOf(table: RoomsTable, file: string): Place | undefined {
  const room = table.rooms.find(({ path }) => file.startsWith(`${path}/`));
  if (room === undefined) return undefined;
  const inside = file.slice(room.path.length + 1);
  if (room.leaves !== true) return { room, inside, leaf: undefined };
  const slash = inside.indexOf("/");
  if (slash < 0) return undefined;
  return { room, inside: inside.slice(slash + 1), leaf: `${room.path}/${inside.slice(0, slash)}` };
}

export function matchesAny(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => posix.matchesGlob(path, glob));
}

/** What the file may use of a platform, by its suffix and else by its room. */
export function runtimeOf(table: RoomsTable, place: Place): Room["runtime"] | "workerd" {
  const suffix = Object.keys(table.suffixes).find((end) => place.inside.endsWith(end));
  return (suffix === undefined ? undefined : table.suffixes[suffix]) ?? place.room.runtime;
}

export function doorsInto(table: RoomsTable, from: Room, to: Room): string[] {
  const allowed = from.imports[to.name];
  if (allowed === undefined || allowed === "public") return [];
  if (allowed !== "doors") return allowed;
  const doors = to.doors ?? table.doors;
  return from.composes === true ? [...doors, ...table.compositionDoors] : doors;
}

export function because(table: RoomsTable, from: Room, to: Room): string {
  const rule = table.never.find((entry) => entry.from === from.name && entry.to === to.name);
  if (rule !== undefined) return rule.because;
  const allowed = Object.keys(from.imports);
  const own = `${from.name} may import ${allowed.length === 0 ? "no other room" : allowed.join(", ")}`;
  return `${own} (rooms.json)`;
}

const SOURCE = /\.(?:ts|js|mjs)$/;
const SKIPPED = new Set(["node_modules", "dist", "fixtures", "vendor", ".git"]);

/** Every source file of every room, as `/`-separated paths from the root, sorted. */
export function sourceFiles(root: string, table: RoomsTable): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path);
      else if (entry.isFile() && SOURCE.test(entry.name)) found.push(path);
    }
  };
  for (const room of table.rooms) if (existsSync(join(root, room.path))) visit(room.path);
  return found.toSorted();
}
