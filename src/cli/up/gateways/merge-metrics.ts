/** The metrics of several processes as one page: each series says which process it is of. */

/** Prometheus text by the name of its process; `fleet` is the process that holds the fleet. */
export function mergeExpositions(texts: ReadonlyMap<string, string>): string {
  const families = new Map<string, { head: string[]; series: string[] }>();
  for (const [gateway, text] of texts) {
    let family = familyOf(families, "");
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const comment = /^# (?:TYPE|HELP) (\S+)/.exec(line);
      if (comment === null) family.series.push(labelled(line, gateway));
      else {
        family = familyOf(families, comment[1] ?? "");
        if (!family.head.includes(line)) family.head.push(line);
      }
    }
  }
  const lines = [...families]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, { head, series }]) => [...head, ...series]);
  return `${lines.join("\n")}\n`;
}

interface Family {
  head: string[];
  series: string[];
}

function familyOf(all: Map<string, Family>, name: string): Family {
  const family = all.get(name) ?? { head: [], series: [] };
  all.set(name, family);
  return family;
}

/** `name{a="b"} 1` and `name 1` alike. */
function labelled(line: string, gateway: string): string {
  const label = `gateway="${gateway}"`;
  const open = line.indexOf("{");
  const space = line.indexOf(" ");
  if (open >= 0 && open < space) return `${line.slice(0, open)}{${label},${line.slice(open + 1)}`;
  return `${line.slice(0, space)}{${label}}${line.slice(space)}`;
}
