/** What an optimizer found. */
import type { DockerfileModel } from "./model.ts";
import type { Found } from "./reporting.ts";

export interface Saving {
  found: Found;
  /** Of the image, roughly. */
  megabytes: number;
}
export type Optimizer = (model: DockerfileModel) => Saving[];
