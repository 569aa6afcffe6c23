/** The promises of `contract.ts` as tests. A driver passes them in three lines; see README, "Adding a driver". */
import { afterEach, describe } from "vitest";
import { createLaunch } from "./conformance/case.ts";
import { creationCases } from "./conformance/creation.ts";
import { endingCases } from "./conformance/ending.ts";
import { failureCases } from "./conformance/failure.ts";
import { dialledCases, linkCases } from "./conformance/links.ts";
import type { LauncherConformanceOptions, MakeLauncher } from "./conformance/subject.ts";

export type {
  LauncherConformanceOptions,
  LauncherSubject,
  MakeLauncher,
} from "./conformance/subject.ts";
export { echoBehaviour } from "./conformance/echo-behaviour.ts";

/** The suite's drone as a program, for launchers that start programs: `node <this>`. */
export const echoProgram: string = new URL("conformance/echo-drone.node.ts", import.meta.url).href;

export function launcherConformance(
  makeLauncher: MakeLauncher,
  options: LauncherConformanceOptions,
): void {
  describe(`launcher conformance: ${options.name}`, () => {
    const launch = createLaunch(makeLauncher, options);
    afterEach(() => launch.dispose());
    describe("create", () => creationCases(launch, options));
    describe("end", () => endingCases(launch));
    if (options.dialled === true) {
      describe("address", () => dialledCases(launch));
      return;
    }
    describe("link", () => linkCases(launch));
    describe("failure", () => failureCases(launch));
  });
}
