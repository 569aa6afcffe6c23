/** Pieces of pictures: an own light ground, so that they read the same on a dark page. */

export const INK = "#1f2933";
export const MUTED = "#52606d";
export const GROUND = "#ffffff";
export const LINE = "#9aa5b1";
/** Told apart also by people who see few colours; white text on each passes WCAG AA. */
export const COLOURS = [
  "#0b69a3",
  "#a8430f",
  "#2a7230",
  "#7b3fa0",
  "#85600a",
  "#0d6e6e",
  "#a8324a",
  "#4a5568",
] as const;
/** Common sans fonts measure about this share of the font size per letter; text is cut to boxes by it. */
const LETTER = 0.56;

export function escapeXml(value: string): string {
  return withoutControls(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Control characters are not allowed in XML at all, escaped or not. */
function withoutControls(value: string): string {
  return Array.from(value, (one) => (one >= " " ? one : " ")).join("");
}

export function textWidth(value: string, size: number): number {
  return value.length * size * LETTER;
}

/** The text cut to a width, with an ellipsis. */
export function fit(value: string, size: number, width: number): string {
  const most = Math.max(1, Math.floor(width / (size * LETTER)));
  return value.length > most ? `${value.slice(0, most - 1)}…` : value;
}

export interface TextOptions {
  x: number;
  y: number;
  size?: number;
  fill?: string;
  weight?: number;
  anchor?: "start" | "middle" | "end";
}

export function textTag(value: string, options: TextOptions): string {
  const { x, y, size = 12, fill = INK, weight = 400, anchor = "start" } = options;
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" font-weight="${weight}" text-anchor="${anchor}">${escapeXml(value)}</text>`;
}

export function svg(
  size: { width: number; height: number },
  title: string,
  body: readonly string[],
): string {
  const width = Math.ceil(size.width);
  const height = Math.ceil(size.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" fill="${GROUND}"/>`,
    ...body,
    "</svg>",
  ].join("\n");
}
