/** Text → the terms that are searched for: split as names are written, without words that say nothing, stemmed. */
import { stemmer } from "stemmer";

/** Longer inputs are no search; the rest is not looked at. */
const MAX_CHARS = 4_000;
const MAX_WORD = 40;

const STOP = new Set(
  (
    "a an and are as at be by can do for from have how i if in into is it its me my of on or our " +
    "please some that the their them then there this those to up use want we what when where which with you your"
  ).split(" "),
);

/**
 * Words that tool authors and those who look for tools exchange for one another. Each line stands for one meaning.
 * Kept small on purpose: every further word finds more of what was not meant.
 */
const SAME = `
create add new make insert open
delete remove drop erase destroy
list show all enumerate
get read fetch retrieve view
update edit modify change patch set
search find query lookup
send post publish
run execute invoke
directory folder dir
repository repo
issue bug ticket
email mail
database db
image picture photo
configuration config settings
website site webpage page
message chat
kubernetes k8s
diagram chart graph
speed performance fast slow
plan explain
file document
check validate lint verify
`;

const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map(
  SAME.trim()
    .split("\n")
    .flatMap((line) => {
      const stems = line.split(" ").map((word) => stemmer(word));
      return stems.map((stem) => [stem, stems.filter((other) => other !== stem)] as const);
    }),
);

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
