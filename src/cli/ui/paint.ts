/** Few colours, each with one meaning, and only where a person looks. */

export interface Paint {
  readonly bold: Brush;
  /** What may be skipped. */
  readonly dim: Brush;
  /** Names one can type. */
  readonly name: Brush;
  readonly good: Brush;
  readonly busy: Brush;
  readonly bad: Brush;
}

export type Brush = (text: string) => string;

const wrap = (open: number, close: number) => (text: string) =>
  text === "" ? text : `\u001B[${open}m${text}\u001B[${close}m`;

const COLOUR: Paint = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  name: wrap(36, 39),
  good: wrap(32, 39),
  busy: wrap(33, 39),
  bad: wrap(31, 39),
};

const same = (text: string): string => text;
export const PLAIN: Paint = {
  bold: same,
  dim: same,
  name: same,
  good: same,
  busy: same,
  bad: same,
};

export interface ColourWish {
  isTTY: boolean;
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  refused: boolean;
}

/** https://no-color.org: any value but the empty one. FORCE_COLOR is for recordings. */
export function paintFor({ isTTY, env, refused }: ColourWish): Paint {
  if (refused || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return PLAIN;
  const forced = (env["FORCE_COLOR"] ?? "0") !== "0" && env["FORCE_COLOR"] !== "";
  return isTTY || forced ? COLOUR : PLAIN;
}
