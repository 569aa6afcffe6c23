/** The launchers of another machine, as launchers here. Either end may be the one that made the connection. */
export { createLauncherProxy } from "./node/proxy.ts";
export type { LauncherProxyOptions } from "./node/proxy.ts";
export { serveLaunchers } from "./node/serve-launchers.ts";
export type { FindLauncher } from "./node/serve-launchers.ts";
export { isLauncherOffer, LAUNCH_METHODS } from "./node/names.ts";
export type { LauncherOffer } from "./node/names.ts";
