/** The launchers of another machine, as launchers here. Either end may be the one that made the connection. */
export { createLauncherProxy } from "./node/proxy.ts";
export { serveLaunchers } from "./node/serve-launchers.ts";
export { LAUNCH_METHODS } from "./node/names.ts";
