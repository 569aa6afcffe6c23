/** Layers laid over each other: what is seen in the end, and what later layers hide. */
import type { LayerContent, LayerFile } from "./layer.node.ts";

export interface Seen extends LayerFile {
  layer: number;
}
export interface Hidden {
  path: string;
  bytes: number;
  /** Where it lies, and where it was replaced or removed. */
  layer: number;
  by: number;
  isRemoved: boolean;
}
export interface Overlay {
  files: Map<string, Seen>;
  hidden: Hidden[];
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

export function overlay(layers: readonly LayerContent[]): Overlay {
  const files = new Map<string, Seen>();
  const hidden: Hidden[] = [];
  layers.forEach(({ files: added }, layer) => {
    const cut = (path: string, isRemoved: boolean): void => {
      const seen = files.get(path);
      if (seen === undefined || seen.layer === layer) return;
      files.delete(path);
      if (seen.type === "file" && seen.bytes > 0)
        hidden.push({ path, bytes: seen.bytes, layer: seen.layer, by: layer, isRemoved });
    };
    const gone = removals(added);
    if (gone.size > 0) {
      for (const path of files.keys()) if (isGone(path, gone)) cut(path, true);
    }
    for (const file of added) {
      const name = file.path.slice(file.path.lastIndexOf("/") + 1);
      if (name.startsWith(WHITEOUT)) continue;
      cut(file.path, false);
      files.set(file.path, { ...file, layer });
    }
  });
  return { files, hidden };
}

/** Paths that this layer removes; a folder's content goes with it. An opaque folder stays, its content goes. */
function removals(files: readonly LayerFile[]): Map<string, "all" | "content"> {
  const gone = new Map<string, "all" | "content">();
  for (const { path } of files) {
    const cut = path.lastIndexOf("/");
    const folder = cut < 0 ? "" : path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (name === OPAQUE) gone.set(folder, "content");
    else if (name.startsWith(WHITEOUT))
      gone.set(`${folder === "" ? "" : `${folder}/`}${name.slice(WHITEOUT.length)}`, "all");
  }
  return gone;
}

function isGone(path: string, gone: ReadonlyMap<string, "all" | "content">): boolean {
  if (gone.get(path) === "all") return true;
  if (gone.has("")) return true;
  for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
    if (gone.has(path.slice(0, cut))) return true;
  }
  return false;
}
