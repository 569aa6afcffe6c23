/** One Chromium per thread: no network, no profile, ended with the thread. */
import { tmpdir } from "node:os";
import { InputProblem } from "flotilla/worker/review";
import type { Browser } from "playwright-core";
import { ownFolder } from "./folders.node.ts";
import type { ChromiumAt } from "./jobs.ts";

/** Nothing resolves, and what names an address goes to a proxy that is not there: also what pages preconnect to. */
const NO_NETWORK = [
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--proxy-server=socks5://127.0.0.1:1",
  "--proxy-bypass-list=<-loopback>",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--dns-prefetch-disable",
  "--no-pings",
];
const LIGHT = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--mute-audio",
  "--js-flags=--max-old-space-size=512",
  "--renderer-process-limit=2",
];

export interface Chromium {
  /** The running browser, started when there is none. Rejects with `InputProblem` when it does not start. */
  get(at: ChromiumAt): Promise<Browser>;
  /** Ends it, however stuck it is; the next `get` starts another. */
  drop(): Promise<void>;
}

/** `base`: where the browser's own folder is made; the system's place for such things. */
export function createChromium(base: string = tmpdir()): Chromium {
  let running: Promise<Browser> | undefined;
  const drop = async (): Promise<void> => {
    const old = running;
    running = undefined;
    const browser = await old?.catch(() => undefined);
    await browser?.close().catch(() => undefined);
  };
  return {
    drop,
    async get(at) {
      const browser = await (running ??= launch(at, base)).catch((error: unknown) => {
        running = undefined;
        throw error;
      });
      if (browser.isConnected()) return browser;
      running = launch(at, base);
      return running;
    },
  };
}

async function launch({ path, owner }: ChromiumAt, base: string): Promise<Browser> {
  // `os.tmpdir()` reads it, and so does Playwright; a thread has its own copy of the environment.
  process.env["TMPDIR"] = ownFolder(base, owner);
  const { chromium } = await import("playwright-core");
  try {
    return await chromium.launch({
      executablePath: path,
      // Chromium refuses to sandbox as root; the result says so (`sandboxNotes`).
      chromiumSandbox: !isRoot(),
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      timeout: 20_000,
      args: [...NO_NETWORK, ...LIGHT],
    });
  } catch (error) {
    const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new InputProblem(`Chromium did not start: ${said.slice(0, 300)}`, {
      hint: "Check that FLOTILLA_CHROMIUM, or the installed Chromium, runs with --headless.",
    });
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export function sandboxNotes(): string[] {
  return isRoot()
    ? ["Chromium ran without its own sandbox, because this process runs as root."]
    : [];
}
