/** Runs the command line inside the test's process, with everything it would touch handed in. */
import type { CliIo } from "../io.ts";
import { systemClock } from "../../protocol/index.ts";
import { runCli } from "../run.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Setting {
  cwd: string;
  env?: Record<string, string>;
  /** Columns of a pretended terminal. */
  terminal?: number;
  stdin?: string;
  signal?: AbortSignal;
  platform?: NodeJS.Platform;
  onOutput?: (text: string) => void;
}

export async function runCaptured(args: readonly string[], setting: Setting): Promise<Ran> {
  const { cwd, env = {}, terminal, stdin = "", onOutput } = setting;
  const ran = { code: 0, stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write(text: string) {
      ran[name] += text;
      onOutput?.(text);
    },
    isTTY: terminal !== undefined,
    columns: terminal ?? 80,
  });
  const io: CliIo = {
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: bytesOf(stdin),
    env: { HOME: cwd, XDG_STATE_HOME: `${cwd}/state`, NO_COLOR: "1", ...env },
    cwd,
    home: cwd,
    platform: setting.platform ?? "linux",
    fetch: globalThis.fetch,
    clock: systemClock,
    signal: setting.signal ?? new AbortController().signal,
  };
  ran.code = await runCli(args, io);
  return ran;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}
