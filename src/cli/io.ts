/** Everything a command touches outside itself, so that tests can hand in their own. */
import { homedir } from "node:os";
import { systemClock, type Clock } from "../protocol/index.ts";

export interface Sink {
  write(text: string): void;
  isTTY: boolean;
  /** Width of the terminal; meaningless elsewhere. */
  columns: number;
}

export interface CliIo {
  stdout: Sink;
  stderr: Sink;
  stdin: AsyncIterable<Uint8Array>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  platform: NodeJS.Platform;
  fetch: typeof fetch;
  clock: Clock;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
}

/** This process. A second interrupt ends it at once: a command that hangs in its clean-up must not hold anyone. */
export function processIo(): CliIo {
  const interrupted = new AbortController();
  const onInterrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  };
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
    fetch: globalThis.fetch,
    clock: systemClock,
    // Listening changes what a signal does, so it starts with the first command that cares.
    get signal() {
      if (process.listenerCount("SIGINT") === 0) process.on("SIGINT", onInterrupt);
      return interrupted.signal;
    },
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // `flotilla tools | head` closes the pipe early; that is no error.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY ?? false;
    },
    get columns() {
      return stream.columns ?? 80;
    },
  };
}
