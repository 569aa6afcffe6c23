/** The connections to Redis: one for commands, one that hears what others changed. Both are made again when they break. */
import { createHash } from "node:crypto";
import type { Clock } from "../../../protocol/clock.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { storeClosed } from "../../limits.ts";
import type { RedisLink, Told } from "./link.ts";
import type { Script } from "./scripts.ts";

export interface RedisLinkOptions {
  /** `redis://` or `rediss://` (TLS), with user and password when the server wants them. */
  url: string;
  /** Begins every key; in braces, so that a cluster keeps the fleet in one slot. */
  prefix: string;
  clock: Clock;
  /** An answer that takes longer is an error; the write may have happened. Default 5,000. */
  timeoutMs?: number;
}

/** The little of the client that is used. */
type Client = Awaited<ReturnType<typeof newClient>>;

const DEFAULT_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_WAITING_COMMANDS = 10_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** Rejects with `store_unreadable` when there is no Redis, `not_supported` when its client is not installed. */
export async function connectRedis(options: RedisLinkOptions): Promise<RedisLink> {
  const { prefix, url } = options;
  const channel = `{${prefix}}:told`;
  const listeners = new Set<(told: Told | undefined) => void>();
  const tell = (told: Told | undefined): void => {
    for (const listener of listeners) listener(told);
  };
  const commands = await newClient(options);
  const ears = commands.duplicate();
  // Without a listener Node throws. Whoever asks next is told; an event nobody asked for is of no use.
  for (const client of [commands, ears]) client.on("error", () => {});
  try {
    await Promise.all([firstConnection(commands), firstConnection(ears)]);
    await ears.subscribe(channel, (message) => tell(parseTold(message)));
  } catch (error) {
    for (const client of [commands, ears]) client.destroy();
    throw unreadable(url, error);
  }
  ears.on("ready", () => tell(undefined));
  const evaluate = createEvaluator(commands);
  let isClosed = false;
  return {
    channel,
    key: (...parts) => [`{${prefix}}`, ...parts].join(":"),
    async run(script, keys, args) {
      if (isClosed) throw storeClosed();
      try {
        return await inTime(options, async (signal) => {
          await whenReady(commands, signal);
          return evaluate(script, keys, args);
        });
      } catch (error) {
        throw isFlotillaError(error) ? error : unreadable(url, error);
      }
    },
    onTold: (listener) => void listeners.add(listener),
    async close() {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      ears.destroy();
      await inTime(options, () => commands.close()).catch(() => commands.destroy());
    },
  };
}

async function newClient({ url }: RedisLinkOptions) {
  const { createClient } = await loadClient();
  return createClient({
    url,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    // The client would send what waits whenever it can, also after its caller was told that it failed.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(FIRST_RETRY_MS * 2 ** retries, MAX_RETRY_MS),
    },
  });
}

async function loadClient(): Promise<typeof import("@redis/client")> {
  try {
    return await import("@redis/client");
  } catch (cause) {
    throw new FlotillaError("not_supported", "The Redis client is not installed.", {
      hint: "Run: npm install @redis/client",
      cause,
    });
  }
}

/** The client itself would try for ever; the first time, a person waits for the answer. */
async function firstConnection(client: Client): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  client.once("error", reject);
  try {
    await Promise.race([client.connect(), promise]);
  } finally {
    client.off("error", reject);
  }
}

/** Runs scripts by their digest (SHA-1, as EVALSHA wants it); the text is sent when the server does not know it. */
function createEvaluator(client: Client) {
  const digests = new Map<Script, string>();
  return async (script: Script, keys: readonly string[], args: readonly string[]) => {
    const options = { keys: [...keys], arguments: [...args] };
    const digest = digests.get(script) ?? createHash("sha1").update(script.lua).digest("hex");
    digests.set(script, digest);
    try {
      return await client.evalSha(digest, options);
    } catch (error) {
      if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
      return client.eval(script.lua, options);
    }
  };
}

/** A moment without a connection is waited out; what was not sent by the end of the time never is. */
function whenReady(client: Client, signal: AbortSignal): Promise<void> {
  if (client.isReady) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (): void => {
      client.off("ready", resolve);
      reject(new Error("no connection"));
    };
    client.once("ready", resolve);
    signal.addEventListener("abort", end, { once: true });
  });
}

function inTime<T>(
  { clock, timeoutMs, url }: RedisLinkOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const limit = timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const over = new AbortController();
  const timer = clock.after(limit, () => {
    reject(unreadable(url, new Error(`no answer within ${limit} ms`)));
    over.abort();
  });
  work(over.signal)
    .then(resolve, reject)
    .finally(() => timer.cancel());
  return promise;
}

function parseTold(message: string): Told | undefined {
  const [, kind, expires, name] = /^([pde]) (\d+) (.*)$/s.exec(message) ?? [];
  if (name === undefined || (kind !== "p" && kind !== "d" && kind !== "e")) return undefined;
  return { kind, expiresAtMs: Number(expires), name };
}

/** The address without what is secret in it. */
function shownAddress(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the given address";
}

function unreadable(url: string, cause: unknown): FlotillaError {
  const reason = messageOf(cause);
  return new FlotillaError("store_unreadable", `Redis at ${shownAddress(url)} cannot be used.`, {
    hint: /NOAUTH|WRONGPASS|NOPERM/.test(reason)
      ? "Check user and password in the address."
      : "Check that it runs and can be reached from here.",
    data: { reason },
    cause,
  });
}
