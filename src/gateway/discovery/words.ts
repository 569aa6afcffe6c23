/** Text → the terms that are searched for: split as names are written, without words that say nothing, stemmed. */
import { stemmer } from "stemmer";

/** Longer inputs are no search; the rest is not looked at. */
const MAX_CHARS = 4_000;
const MAX_WORD = 40;

const STOP = new Set(
  (
    "a an and are as at be by can do for from have how i if in into is it its me my of on or our " +
    "please some that the their them then there this those to up use want we what when where which will with you your " +
    "about any current does know like must need now once one today tomorrow who why"
  ).split(" "),
);

/**
 * Words that tool authors and those who look for tools exchange for one another. Each line stands for one meaning.
 * Kept small on purpose: every further word finds more of what was not meant.
 */
const SAME = `
create add new make insert open write compose schedule raise
post send publish write create
delete remove drop erase destroy forget clear rid
list show all enumerate dump
get read fetch retrieve view show load open download
update edit modify change patch set replace
rename move
search find query lookup
run execute invoke start launch
stop end kill retire cancel
several multiple many
directory folder dir
repository repo
issue bug ticket
email mail
database db sql
image picture photo media
configuration config settings
website site webpage page
message chat
event meeting appointment
forecast weather rain
track song music
error exception crash failure
leave vacation holiday
quote price cost
relation relationship link connect
observation note fact
permission share access
review critique check audit
graph diagram chart draw
kubernetes k8s
speed performance fast slow
plan explain
file document
validate lint verify check mistake
`;

const SYNONYMS: ReadonlyMap<string, readonly string[]> = synonymsFrom(SAME);

/** A word with several meanings has the words of all of them. */
function synonymsFrom(lines: string): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const line of lines.trim().split("\n")) {
    const stems = line.split(" ").map((word) => stemmer(word));
    for (const stem of stems) {
      const others = [...(all.get(stem) ?? []), ...stems.filter((other) => other !== stem)];
      all.set(stem, [...new Set(others)]);
    }
  }
  return all;
}

/** "createPullRequest", "create_pull_request" and "create pull request" are the same words; "GitHub" is also "github". */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const [run] of text.slice(0, MAX_CHARS).matchAll(/[\p{L}\p{N}]+/gu)) {
    const parts = run
      .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
      .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
      .split(" ");
    words.push(...parts);
    if (parts.length === 2) words.push(run);
  }
  return words;
}

/** Undefined for words that say nothing. */
export function termOf(word: string): string | undefined {
  const lower = word.toLowerCase().slice(0, MAX_WORD);
  return STOP.has(lower) ? undefined : stemmer(lower);
}

export function synonymsOf(term: string): readonly string[] {
  return SYNONYMS.get(term) ?? [];
}
