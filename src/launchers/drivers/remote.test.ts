import { systemClock } from "../../protocol/system-clock.ts";
import { launcherConformance } from "../conformance.ts";
import { createRemoteLauncher } from "./remote.ts";

const run = { kind: "remote", headers: {}, transport: "auto" } as const;

launcherConformance(() => ({ launcher: createRemoteLauncher({ clock: systemClock }) }), {
  name: "remote",
  dialled: true,
  run: { ...run, url: "https://example.invalid/mcp" },
  deniedRun: { ...run, url: "ftp://example.invalid/mcp" },
});
