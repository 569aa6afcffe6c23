/** Stores that others wrote, started for a suite: on PATH, or installed apart with `npm ci --prefix test/stores`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";

const OWN = join(import.meta.dirname, "../../../test/stores/node_modules/.bin");
const START_MS = 60_000;

export function findProgram(name: string): string | undefined {
  const folders = [OWN, ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface StoreServer extends AsyncDisposable {
  url: string;
}

/** `args` gets a port and a scratch folder. */
export async function startStore(
  program: string,
  args: (port: number, folder: string) => string[],
): Promise<StoreServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "flotilla-store-"));
  const child = spawn(program, args(port, folder), {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
  });
  let said = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (chunk: string) => (said = (said + chunk).slice(-4000)));
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + START_MS;
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`${program} did not start: ${said}`);
    await setTimeout(50);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
