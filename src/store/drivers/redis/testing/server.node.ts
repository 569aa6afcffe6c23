/** A Redis of its own for tests: no disk unless asked, a free port, gone with the test. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { createClient } from "@redis/client";

export const REDIS_NEEDED = "(needs Redis: apt-get install redis-server, or FLOTILLA_REDIS_SERVER)";
export const REDIS_SERVER = found();

function found(): string | undefined {
  const program = process.env["FLOTILLA_REDIS_SERVER"] ?? "redis-server";
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return program;
  } catch {
    return undefined;
  }
}

export interface RedisServer extends AsyncDisposable {
  url: string;
  port: number;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** Again, on what it had written. */
  start(): Promise<void>;
  command(...words: string[]): Promise<unknown>;
}

/** Every write is on disk before it is answered, so that a kill loses nothing. */
const DURABLE = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];

export async function startRedis(more: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const words = [...place, ...DURABLE, ...more];
    running = spawn(REDIS_SERVER ?? "redis-server", words, { stdio: "ignore" });
    await answering(url);
  };
  const kill = async (): Promise<void> => {
    const ended = running;
    running = undefined;
    if (ended === undefined || ended.exitCode !== null) return;
    const gone = once(ended, "exit");
    ended.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url,
    port,
    start,
    kill,
    command: (...words) => command(url, words),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function command(url: string, words: string[]): Promise<unknown> {
  const client = createClient({ url });
  client.on("error", () => {});
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    await client.close();
  }
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.ping();
      return;
    } catch (error) {
      if (tries >= 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    } finally {
      client.destroy();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
