/** Whose code a call is. */
import type { Call } from "./read.ts";

/** What V8 reports of itself, by its own names. */
const ENGINE = new Set(["(root)", "(program)", "(idle)", "(garbage collector)"]);

/** `app`, a package's name, `node` for Node's own, `v8` for the engine. */
export function originOf({ name, url }: Pick<Call, "name" | "url">): string {
  if (url === "") return ENGINE.has(name) ? "v8" : "native";
  if (url.startsWith("node:")) return "node";
  const at = url.lastIndexOf("node_modules/");
  if (at === -1) return "app";
  const [first = "", second = ""] = url.slice(at + "node_modules/".length).split("/");
  // pnpm's store stands in between: node_modules/.pnpm/x@1/node_modules/x is cut by the last one already.
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** The path of a file URL; others as they are. */
export function fileOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return url;
  }
}

export function keyOf({ name, url, line, column }: Call): string {
  return `${name}\n${url}\n${line}\n${column}`;
}
