/** Where a pool's jobs run: a thread of this process, or a process of their own. Both take and give the same messages. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import type { ThreadPoolOptions } from "./threads.ts";

/** What a host says when a job is over. */
export type JobAnswer =
  | { ok: true; value: unknown }
  | { ok: false; name: string; message: string; data?: unknown };

export interface JobHost {
  post(message: { job: string; input: unknown }): void;
  /** Whether this host keeps our own process alive. */
  hold(held: boolean): void;
  /** Ends it by force. Resolves when it is gone. */
  end(): Promise<void>;
}

export interface JobHostEvents {
  onAnswer(answer: JobAnswer): void;
  /** It ended, by itself or because we ended it; may be called more than once. */
  onEnd(cause: unknown): void;
}

type HostOptions = Pick<ThreadPoolOptions, "entry" | "isolation" | "maxHeapMb">;

const DEFAULT_HEAP_MB = 512;

export function openHost(options: HostOptions, events: JobHostEvents): JobHost {
  return options.isolation === "process"
    ? processHost(options, events)
    : threadHost(options, events);
}

function threadHost(
  { entry, maxHeapMb = DEFAULT_HEAP_MB }: HostOptions,
  { onAnswer, onEnd }: JobHostEvents,
): JobHost {
  // stdout belongs to the protocol, also against an engine that prints.
  const thread = new Thread(entry, {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    stdout: true,
  });
  thread.stdout.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  thread.on("message", onAnswer);
  thread.on("error", onEnd);
  thread.on("exit", () => onEnd(undefined));
  return {
    post(message) {
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(message);
    },
    hold: (held) => (held ? thread.ref() : thread.unref()),
    async end() {
      await thread.terminate();
    },
  };
}

/** What an engine took, the system has back when its process ends; a thread's engine leaves it with us. */
function processHost(
  { entry, maxHeapMb = DEFAULT_HEAP_MB }: HostOptions,
  { onAnswer, onEnd }: JobHostEvents,
): JobHost {
  const child = fork(fileURLToPath(entry), [], {
    serialization: "advanced",
    execArgv: [...process.execArgv, `--max-old-space-size=${maxHeapMb}`],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  child.stdout?.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  child.on("message", (answer: JobAnswer) => onAnswer(answer));
  child.on("error", onEnd);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      onEnd(undefined);
      resolve();
    });
  });
  return {
    post(message) {
      if (child.connected) child.send(message);
    },
    hold(held) {
      const change = held ? "ref" : "unref";
      child[change]();
      child.channel?.[change]();
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill("SIGKILL");
      await gone;
    },
  };
}
