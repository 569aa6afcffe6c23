/** Matches URIs against RFC 6570 templates of levels 1 and 2: `{name}` one segment, `{+name}` anything. */

const EXPRESSION = /\{(\+?)([A-Za-z0-9_.]+)\}/g;
/** A variable's value, so that a hostile URI cannot make matching expensive. */
const MAX_URI_LENGTH = 4096;

/** The variables' decoded values, or undefined when the URI does not match. */
export function matchTemplate(template: string, uri: string): Record<string, string> | undefined {
  if (uri.length > MAX_URI_LENGTH) return undefined;
  const names: string[] = [];
  let pattern = "";
  let at = 0;
  for (const found of template.matchAll(EXPRESSION)) {
    pattern += escape(template.slice(at, found.index));
    pattern += found[1] === "+" ? "(.+?)" : "([^/?#]+?)";
    names.push(found[2] ?? "");
    at = found.index + found[0].length;
  }
  const match = new RegExp(`^${pattern}${escape(template.slice(at))}$`, "u").exec(uri);
  if (match === null) return undefined;
  const values: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const decoded = decode(match[index + 1] ?? "");
    if (decoded === undefined) return undefined;
    values[name] = decoded;
  }
  return values;
}

function escape(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
