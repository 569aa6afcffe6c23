/** Which worker a resource URI belongs to on the aggregate endpoint. */

/**
 * True when a URI may come from an RFC 6570 template: its literal parts stand in order, the first at the start and the
 * last at the end. Linear in the URI, so that no template can make matching slow.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const literals = template.split(/\{[^{}]*\}/);
  const first = literals[0] ?? "";
  if (literals.length === 1) return uri === first;
  const last = literals.at(-1) ?? "";
  if (!uri.startsWith(first) || !uri.endsWith(last) || uri.length < first.length + last.length)
    return false;
  const end = uri.length - last.length;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = uri.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

/** How much of a template is fixed: of several that match, the most specific one wins. */
export function literalLength(template: string): number {
  return template.replaceAll(/\{[^{}]*\}/g, "").length;
}

/** `scheme:` with the authority, the part that servers choose for themselves. */
export function originOf(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?/i.exec(uri)?.[0].toLowerCase() ?? "";
}
