/** The toolpacks of this installation and of the project in the working folder. */
import { discoverToolpacks, packageRoot, type Discovery } from "./config/index.ts";

export function installedToolpacks(cwd: string): Promise<Discovery> {
  return discoverToolpacks({ roots: [...new Set([packageRoot(), cwd])] });
}
