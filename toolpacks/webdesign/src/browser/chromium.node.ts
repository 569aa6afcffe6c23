/** One Chromium per thread: no network, no profile, ended with the thread. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputProblem } from "flotilla/worker/review";
import type { Browser } from "playwright-core";

const FOLDER = "flotilla-browser-";
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
  get(path: string): Promise<Browser>;
  /** Ends it, however stuck it is; the next `get` starts another. */
  drop(): Promise<void>;
}

export function createChromium(): Chromium {
  let running: Promise<Browser> | undefined;
  const drop = async (): Promise<void> => {
    const old = running;
    running = undefined;
    const browser = await old?.catch(() => undefined);
    await browser?.close().catch(() => undefined);
  };
  return {
    drop,
    async get(path) {
      const browser = await (running ??= launch(path)).catch((error: unknown) => {
        running = undefined;
        throw error;
      });
      if (browser.isConnected()) return browser;
      running = launch(path);
      return running;
    },
  };
}

async function launch(executablePath: string): Promise<Browser> {
  ownFolder();
  const { chromium } = await import("playwright-core");
  try {
    return await chromium.launch({
      executablePath,
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

/**
 * A thread that is ended by force cannot tidy up. All that a browser leaves behind lies in one folder that carries the
 * process's id, and the next browser removes the folders of processes that are gone, and of this one's last thread.
 */
function ownFolder(): void {
  const base = process.env["FLOTILLA_BROWSER_TMP"] ?? tmpdir();
  process.env["FLOTILLA_BROWSER_TMP"] = base;
  for (const name of readdirSync(base)) {
    if (!name.startsWith(FOLDER)) continue;
    const owner = Number(name.slice(FOLDER.length).split("-")[0]);
    if (owner === process.pid || !isAlive(owner)) {
      rmSync(join(base, name), { recursive: true, force: true });
    }
  }
  // `os.tmpdir()` reads it; a thread has its own copy of the environment.
  process.env["TMPDIR"] = mkdtempSync(join(base, `${FOLDER}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
