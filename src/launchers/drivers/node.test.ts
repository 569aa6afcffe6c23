import { linkPair } from "../../protocol/link-pair.ts";
import { createPeer } from "../../protocol/peer.ts";
import { systemClock } from "../../protocol/system-clock.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { echoProgram, launcherConformance } from "../conformance.ts";
import { createLauncherProxy, serveLaunchers } from "./node.ts";
import { createThreadLauncher } from "./thread.node.ts";

const run = { kind: "module", env: {}, launcher: "thread" } as const;

launcherConformance(
  () => {
    const launcher = createThreadLauncher({
      node: "there",
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    const [here, there] = linkPair();
    const serving = createPeer(
      there,
      serveLaunchers((node, name) =>
        node === "there" && name === "thread" ? launcher : undefined,
      ),
    );
    const peer = createPeer(here);
    return {
      launcher: createLauncherProxy({
        node: "there",
        offer: { name: "thread", capabilities: launcher.capabilities },
        peer: async () => peer,
      }),
      async dispose() {
        peer.close();
        serving.close();
        await launcher.close();
      },
    };
  },
  {
    name: "another machine's",
    run: { ...run, entry: echoProgram },
    deniedRun: { ...run, entry: "/no/such/module.js" },
  },
);
