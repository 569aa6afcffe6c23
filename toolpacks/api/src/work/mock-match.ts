/** Which operation a request means. Templates are matched by text, so that no path of a document becomes a pattern to run. */
import { at, entriesOf } from "../lib/document.ts";
import type { Operation } from "../lib/operations.ts";
import { dict, text } from "../lib/values.ts";
import type { MockWalk } from "./mock-walk.ts";

export type Found =
  | { operation: Operation; parameters: Record<string, string> }
  | { rule: string; problem: string };

export function findOperation(walk: MockWalk, request: { method: string; url: string }): Found {
  const method = request.method.toLowerCase();
  const { pathname } = pathnameOf(request.url);
  const others = new Set<string>();
  let best: { operation: Operation; parameters: Record<string, string>; fixed: number } | undefined;
  for (const path of pathsBelow(walk, pathname)) {
    for (const operation of walk.operations) {
      const parameters = matched(operation.path, path);
      if (parameters === undefined) continue;
      if (operation.method !== method) others.add(operation.method.toUpperCase());
      else {
        // Paths without parameters win (OpenAPI, Paths Object: "concrete definitions first").
        const fixed = operation.path.split("/").filter((one) => !one.includes("{")).length;
        if (best === undefined || fixed > best.fixed) best = { operation, parameters, fixed };
      }
    }
  }
  if (best !== undefined) return { operation: best.operation, parameters: best.parameters };
  if (others.size > 0)
    return {
      rule: "method-undescribed",
      problem: `${pathname} is described for ${[...others].join(", ")}, not for ${method.toUpperCase()}.`,
    };
  return { rule: "path-undescribed", problem: `No path of the document fits ${pathname}.` };
}

export function pathnameOf(url: string): { pathname: string; search: string } {
  try {
    const { pathname, search } = new URL(url, "http://any.invalid");
    return { pathname, search };
  } catch {
    return { pathname: url, search: "" };
  }
}

/** The path below each server's own path, the whole path too. */
function pathsBelow({ bundle }: MockWalk, pathname: string): string[] {
  const bases = entriesOf(bundle, at(bundle, bundle.root, "servers")).map(([, { value }]) => {
    const url = (text(dict(value)["url"]) ?? "").replaceAll(/\{[^}]*\}/g, "x");
    return pathnameOf(url).pathname.replace(/\/+$/, "");
  });
  const below = bases
    .filter((base) => base !== "" && pathname.startsWith(`${base}/`))
    .map((base) => pathname.slice(base.length));
  return [...new Set([...below, pathname])];
}

function matched(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    const open = part.indexOf("{");
    const close = part.indexOf("}", open);
    if (open === -1 || close === -1) {
      if (part !== decoded(value) && part !== value) return undefined;
      continue;
    }
    const [before, after] = [part.slice(0, open), part.slice(close + 1)];
    const inner = value.slice(before.length, value.length - after.length);
    // Two parameters in one segment are taken as one: where they part cannot be known.
    const tail = after.includes("{") ? "" : after;
    if (inner === "" || !value.startsWith(before) || !value.endsWith(tail)) return undefined;
    parameters[part.slice(open + 1, close)] = decoded(inner);
  }
  return parameters;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
