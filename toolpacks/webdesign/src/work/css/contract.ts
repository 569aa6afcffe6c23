import type { FindingReport } from "flotilla/worker/review";
import type { SourceInput } from "flotilla/worker/sources";

export interface CssInput extends SourceInput {
  targets?: string;
  dynamicClasses?: string[];
  ignore?: string[];
}

export interface Counted {
  value: string;
  count: number;
}

export interface CssMetrics {
  files: number;
  bytes: number;
  minifiedBytes?: number;
  gzipBytes: number;
  linesOfCode: number;
  rules: number;
  emptyRules: number;
  selectors: number;
  uniqueSelectors: number;
  declarations: number;
  importants: number;
  idSelectors: number;
  mediaQueries: Counted[];
  /** [ids, classes, types] */
  specificity: { max: number[]; mean: number[] };
  /** Bytes of data: addresses. */
  embeddedBytes: number;
  uniqueColors: number;
  colors: Counted[];
  uniqueFontSizes: number;
  fontSizes: Counted[];
  uniqueFontFamilies: number;
  zIndexes: Counted[];
  customProperties: number;
}

export interface Unsupported {
  feature: string;
  name: string;
  baseline: "high" | "low" | "none";
  uses: number;
  /** Targets that cannot do it: `safari 15.4`. */
  missing: string[];
}

export interface CssAnswer extends FindingReport {
  metrics: CssMetrics;
  /** The browsers behind `targets`. */
  browsers: string[];
  unsupported: Unsupported[];
  unused?: { selectors: number; rules: number; bytes: number; checkedAgainst: string[] };
  /** What was not looked at, and why. */
  limits: string[];
}
