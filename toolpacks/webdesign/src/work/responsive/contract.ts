import type { FindingReport } from "flotilla/worker/review";
import type { SiteInput } from "../site/site.ts";

export interface ResponsiveInput extends SiteInput {
  widths?: number[];
  height?: number;
  screenshots?: boolean;
  colorScheme?: "light" | "dark";
  scripts?: boolean;
  minTextPx?: number;
  ignore?: string[];
}

export interface ViewAnswer {
  page: string;
  width: number;
  /** The page laid out as a phone would: touch, and the viewport meta element counts. */
  mobile: boolean;
  /** How wide the layout came out; wider than `width` means the viewport meta element is missing or fixed. */
  layoutWidth: number;
  contentWidth: number;
  contentHeight: number;
  overflows: boolean;
  smallTargets: number;
  smallTexts: number;
}

export interface ResponsiveAnswer extends FindingReport {
  engineVersion: string;
  views: ViewAnswer[];
  missing: string[];
  limits: string[];
  /** PNG as base64, in the order of `views`; sent as images, not in the structured content. */
  screenshots: { page: string; width: number; png: string }[];
}
