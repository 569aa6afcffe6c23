/** From offsets to lines and columns, both from 1. */
export interface Place {
  line: number;
  column: number;
}
export type Places = (offset: number) => Place;

export function placesOf(text: string): Places {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Line and column of both ends, as a finding names them. */
export function rangeOf(
  places: Places,
  start: number,
  end: number,
): Place & { endLine: number; endColumn: number } {
  const to = places(end);
  return { ...places(start), endLine: to.line, endColumn: to.column };
}

/** Byte offsets (UTF-8) to offsets into the string (UTF-16). */
export function unitsOf(text: string): (byte: number) => number {
  // eslint-disable-next-line no-control-regex -- plain ASCII needs no table
  if (/^[\0-\x7f]*$/.test(text)) return (byte) => Math.min(byte, text.length);
  const table: number[] = [];
  let unit = 0;
  for (const one of text) {
    const code = one.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
    for (let count = 0; count < bytes; count += 1) table.push(unit);
    unit += one.length;
  }
  return (byte) => table[byte] ?? text.length;
}
