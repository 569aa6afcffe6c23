/** Who may still call, and where. */
import { at, entriesOf } from "../lib/document.ts";
import type { Bundle } from "../lib/document.ts";
import type { Operation } from "../lib/operations.ts";
import { dict, strings, text } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";
import type { RawChange } from "./diff.ts";

/** What a caller had to show before must be enough now. */
export function diffAccess({ old, now }: { old: Operation; now: Operation }): RawChange[] {
  const before = old.security.length === 0 ? [{}] : old.security;
  const after = now.security.length === 0 ? [{}] : now.security;
  const shut = before.filter((held) => !after.some((asked) => enough(held, asked)));
  const opened = after.filter((asked) => !before.some((held) => enough(asked, held)));
  const node = now.ownSecurity ? { ...now.node, path: [...now.node.path, "security"] } : now.node;
  const about = { before: said(before), after: said(after), node };
  if (shut.length > 0) {
    return [
      {
        ...about,
        rule: "security-tightened",
        impact: "breaking",
        message: `${said(shut)} is no longer enough to call ${now.name}.`,
        hits: `callers with ${said(shut)}`,
        fix: "Accept the old way beside the new one for a while.",
      },
    ];
  }
  if (opened.length === 0) return [];
  return [
    {
      ...about,
      rule: "security-loosened",
      impact: "risky",
      message: `${now.name} can be called with ${said(opened)}.`,
      hits: "nobody; check that it is meant",
    },
  ];
}

function enough(held: Dict, asked: Dict): boolean {
  return Object.entries(asked).every(([scheme, scopes]) => {
    if (!(scheme in held)) return false;
    const has = new Set(strings(held[scheme]));
    return strings(scopes).every((scope) => has.has(scope));
  });
}

function said(alternatives: readonly Dict[]): string {
  const one = (alternative: Dict): string => {
    const parts = Object.entries(alternative).map(([scheme, scopes]) => {
      const names = strings(scopes);
      return names.length === 0 ? scheme : `${scheme} (${names.join(", ")})`;
    });
    return parts.length === 0 ? "no authentication" : parts.join(" and ");
  };
  return alternatives.map(one).join(" or ");
}

export function diffServers(before: Bundle, after: Bundle): RawChange[] {
  const urls = (bundle: Bundle) =>
    entriesOf(bundle, at(bundle, bundle.root, "servers")).flatMap(([, node]) => {
      const url = text(dict(node.value)["url"]);
      return url === undefined ? [] : [{ url: url.replace(/\/+$/, ""), node }];
    });
  const [olds, news] = [urls(before), urls(after)];
  const gone = olds.filter(({ url }) => !news.some((one) => one.url === url));
  return gone.map(({ url, node }) => ({
    rule: "server-removed",
    impact: news.length === 0 || olds.length === gone.length ? "breaking" : "risky",
    message: `The server ${url} is gone.`,
    hits: `callers of ${url}`,
    before: url,
    after: news.map((one) => one.url).join(", "),
    node,
    old: true,
  }));
}
