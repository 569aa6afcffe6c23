/** What a file is for, by its path. */

export type FileKind = "source" | "test" | "docs" | "config" | "lock" | "generated";

const LOCK =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock|Pipfile\.lock|Cargo\.lock|go\.sum|composer\.lock|Gemfile\.lock)$/;
const GENERATED =
  /(?:^|\/)(?:dist|build|vendor|node_modules|__snapshots__)\/|\.(?:min\.(?:js|css)|gen\.\w+|generated\.\w+|snap|map|pb\.go)$|_pb2\.py$/;
const TEST =
  /(?:^|\/)(?:tests?|__tests__|spec|specs|e2e|testdata)\/|[._-](?:test|spec)\.\w+$|(?:^|\/)test_[^/]*\.py$|_test\.(?:go|py|rb|exs)$|Tests?\.(?:java|kt|cs)$/;
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|go|java|kt|rs|c|cc|cpp|cxx|h|hh|hpp|cs|rb|php|swift|scala|vue|svelte|sql|sh)$/;
const DOCS = /\.(?:mdx?|rst|adoc|txt)$|(?:^|\/)(?:docs?|examples?)\//i;

export function kindOf(path: string): FileKind {
  if (LOCK.test(path)) return "lock";
  if (GENERATED.test(path)) return "generated";
  if (TEST.test(path)) return "test";
  if (DOCS.test(path)) return "docs";
  return SOURCE.test(path) && !/\.d\.[cm]?ts$|\.config\.[cm]?[jt]s$/.test(path)
    ? "source"
    : "config";
}

/** `user` of `src/user.ts`, `test/user.test.ts`, `test_user.py` and `user_test.go`. */
export function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return name
    .replace(/\.\w+$/, "")
    .replace(/[._-](?:test|tests|spec)$|tests?$/, "")
    .replace(/^test_/, "")
    .replace(/\.(?:node|workerd|browser)$/, "");
}
