/** How rules tell what they found in a project. */
import type { Severity } from "flotilla/worker/review";
import type { Path } from "../yaml-text.ts";

export interface Told {
  rule: string;
  severity: Severity;
  message: string;
  path: Path;
  object?: string;
  evidence?: string;
  fix?: string;
  reference?: string;
}
export type Tell = (told: Told) => void;
