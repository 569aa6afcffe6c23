/** Text as terminals show it: its width, cut and wrapped; and foreign text made harmless. */

// oxlint-disable-next-line no-control-regex -- these are the characters that terminals obey
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
// oxlint-disable-next-line no-control-regex -- CSI and OSC sequences, and two-character escapes
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|.)/g;
/** Overrides of writing direction reorder what is read. */
const BIDI = /[\u202A-\u202E\u2066-\u2069]/g;

/** Text from a worker, kept from moving the cursor, renaming the window or recolouring what follows. */
export function harmless(text: string): string {
  return text.replaceAll(ESCAPES, "").replaceAll(CONTROL, "").replaceAll(BIDI, "");
}

/** One line of it. */
export function oneLine(text: string): string {
  return harmless(text.replaceAll(/\s+/g, " ")).trim();
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** East Asian wide and full-width forms, and pictographs: two columns each (UAX #11). */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

/** Columns that the text takes; colour takes none. */
export function widthOf(text: string): number {
  const bare = text.replaceAll(ESCAPES, "");
  // Most text is ASCII; the segmenter is a hundred times slower.
  if (/^[ -~]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of segmenter.segment(bare)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** At most `columns` wide; what was cut shows as an ellipsis. Expects no colour inside. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let out = "";
  let width = 1;
  for (const { segment } of segmenter.segment(text)) {
    width += WIDE.test(segment) ? 2 : 1;
    if (width > columns) break;
    out += segment;
  }
  return `${out.trimEnd()}…`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Words of one paragraph, no line wider than `columns` unless a single word is. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}
