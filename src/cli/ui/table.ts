/** Columns that line up; the widest-needing one gives way so that a row stays one line on a terminal. */
import { fit, padEnd, widthOf } from "./text.ts";

export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

export interface Column {
  title: string;
  align?: "left" | "right";
  /** The column that is cut when the terminal is narrow. At most one. */
  flexible?: boolean;
}

export interface TableOptions {
  /** Infinity when nobody's terminal has to hold it. */
  columns: number;
  title: (text: string) => string;
}

const GAP = "  ";
/** A flexible column is never cut shorter than this; the line grows too wide instead. */
const LEAST = 12;

export function table(heads: readonly Column[], rows: readonly Cell[][], options: TableOptions) {
  const widths = heads.map((head, index) =>
    Math.max(widthOf(head.title), ...rows.map((row) => widthOf(row[index]?.text ?? ""))),
  );
  const total = widths.reduce((sum, width) => sum + width, GAP.length * (heads.length - 1));
  const flexible = heads.findIndex((head) => head.flexible === true);
  if (flexible >= 0 && total > options.columns) {
    const rest = total - (widths[flexible] ?? 0);
    widths[flexible] = Math.max(LEAST, options.columns - rest);
  }
  const line = (cells: readonly Cell[]): string =>
    heads
      .map((head, index) => render(cells[index], { head, width: widths[index] ?? 0 }))
      .join(GAP)
      .trimEnd();
  const titles = heads.map((head) => ({ text: head.title, paint: options.title }));
  return [line(titles), ...rows.map(line)];
}

function render(cell: Cell | undefined, { head, width }: { head: Column; width: number }): string {
  const text = fit(cell?.text ?? "", width);
  const painted = cell?.paint === undefined ? text : cell.paint(text);
  if (head.align === "right") return " ".repeat(Math.max(0, width - widthOf(text))) + painted;
  return padEnd(painted, width);
}
