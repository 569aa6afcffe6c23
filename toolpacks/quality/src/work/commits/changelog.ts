/** A changelog's new section, as Keep a Changelog writes it, and where it belongs. */
export interface ChangelogEntry {
  type: string;
  scope?: string;
  subject: string;
  breaking: boolean;
  notes: string[];
  hash?: string;
}

const HEADINGS: readonly (readonly [string, readonly string[]])[] = [
  ["Added", ["feat"]],
  ["Changed", ["perf", "revert"]],
  ["Fixed", ["fix"]],
];

/** Undefined when nothing in it is for those who use the project. */
export function sectionOf(
  entries: readonly ChangelogEntry[],
  version: string,
  date: string,
): string | undefined {
  const breaking = entries.filter((one) => one.breaking);
  const parts = [
    ...(breaking.length === 0 ? [] : [part("Breaking", breaking.flatMap(breakingLines))]),
    ...HEADINGS.flatMap(([title, types]) => {
      const lines = entries.filter(({ type }) => types.includes(type)).map(lineOf);
      return lines.length === 0 ? [] : [part(title, lines)];
    }),
  ];
  return parts.length === 0 ? undefined : `## [${version}] - ${date}\n\n${parts.join("\n\n")}\n`;
}

function part(title: string, lines: readonly string[]): string {
  return `### ${title}\n\n${lines.join("\n")}`;
}

function breakingLines(entry: ChangelogEntry): string[] {
  const notes = entry.notes.map((note) => note.replaceAll(/\s+/g, " ").trim()).filter(Boolean);
  return notes.length === 0
    ? [lineOf(entry)]
    : notes.map((subject) => lineOf({ ...entry, subject }));
}

function lineOf({ scope, subject, hash }: ChangelogEntry): string {
  const text = `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
  const place = scope === undefined ? "" : `**${scope}:** `;
  return `- ${place}${text}${hash === undefined ? "" : ` (${hash.slice(0, 7)})`}`;
}

/** Before the newest version, and after what is not released yet. */
export function inserted(changelog: string, section: string): string {
  const headings = [...changelog.matchAll(/^## .*$/gm)];
  const first = headings.find(([line]) => !/unreleased/i.test(line));
  const at = first?.index ?? changelog.length;
  const before = changelog.slice(0, at);
  const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const rest = changelog.slice(at);
  return `${before}${gap}${section}${rest === "" ? "" : `\n${rest}`}`;
}
