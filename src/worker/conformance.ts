/** For the tests of toolpacks: a client, what every pack promises, and real input. Needs vitest. */
export { toolpackClient } from "./conformance/client.ts";
export type { Called, ToolpackClient } from "./conformance/client.ts";
export { packageFile, packageFiles, packageFolder } from "./conformance/packages.ts";
export { describeToolpack } from "./conformance/toolpack.ts";
export type { ToolpackPromise } from "./conformance/toolpack.ts";
