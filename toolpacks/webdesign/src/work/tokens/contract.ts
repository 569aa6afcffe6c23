import type { FindingReport } from "flotilla/worker/review";
import type { SourceInput } from "flotilla/worker/sources";

export interface TokensInput extends SourceInput {
  /** Tokens that are meant to be used, in DTCG JSON: what is not among them is drift. */
  tokens?: Record<string, unknown>;
  /** CIEDE2000; below it two colours count as nearly the same. Default 3. */
  nearness?: number;
  ignore?: string[];
}

export type TokenKind =
  | "color"
  | "fontSize"
  | "spacing"
  | "radius"
  | "fontFamily"
  | "fontWeight"
  | "lineHeight"
  | "shadow";

export interface TokenUse {
  kind: TokenKind;
  /** Normalised: `#1a2b3c`, `16px`. */
  value: string;
  count: number;
  /** Custom properties and given tokens that have this value. */
  names: string[];
  /** Where it is first met. */
  file: string;
  line: number;
}

export interface TokensAnswer extends FindingReport {
  uses: TokenUse[];
  /** Design Tokens Community Group format, 2025.10. */
  dtcg: Record<string, unknown>;
  spacingBasePx?: number;
  picture: string;
}
