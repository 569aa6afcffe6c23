/** What `git log --numstat` tells: how often each file changed, and how much. */

export interface FileHistory {
  commits: number;
  /** Lines added and removed. */
  churn: number;
}

const MAX_LINES = 500_000;

/** By path as of today: renames (`{old => new}/x`) count for the new name. */
export function historyOf(log: string): Map<string, FileHistory> {
  const found = new Map<string, FileHistory>();
  for (const line of log.split("\n", MAX_LINES)) {
    const match = /^(\d+|-)\t(\d+|-)\t(.+?)\r?$/.exec(line);
    if (match === null) continue;
    const [, added = "", removed = "", path = ""] = match;
    const name = renamed(path);
    const one = found.get(name) ?? { commits: 0, churn: 0 };
    one.commits += 1;
    one.churn += (Number(added) || 0) + (Number(removed) || 0);
    found.set(name, one);
  }
  return found;
}

function renamed(path: string): string {
  const arrow = path.indexOf(" => ");
  if (arrow === -1) return path;
  const from = path.lastIndexOf("{", arrow);
  const to = path.indexOf("}", arrow);
  if (from === -1 || to === -1) return path.slice(arrow + 4);
  const middle = path.slice(arrow + 4, to);
  return `${path.slice(0, from)}${middle}${path.slice(to + 1)}`.replaceAll("//", "/");
}
