/** How code should look, in words that both formatters understand. */
export interface Style {
  /** Default 80. */
  lineWidth?: number;
  /** Default: tabs in what Biome formats, spaces in what Prettier does, as these two have it. */
  indentStyle?: "tab" | "space";
  /** Default 2. */
  indentWidth?: number;
  /** Default double. */
  quotes?: "single" | "double";
  /** Default always. */
  semicolons?: "always" | "asNeeded";
  /** Default all. */
  trailingCommas?: "all" | "es5" | "none";
}
