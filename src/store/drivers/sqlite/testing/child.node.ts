import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface WritingChild {
  pid: number;
  /** What it acknowledged so far, line by line. */
  lines: string[];
  /** Resolves once there are so many lines; rejects when it ends before. */
  acknowledged(count: number): Promise<void>;
  /** `kill -9`; resolves when it is gone and everything it said was read. */
  kill(): Promise<void>;
}

const WRITER = fileURLToPath(new URL("writer.node.ts", import.meta.url));

export function spawnWriter(folder: string, round: string): WritingChild {
  const child: ChildProcess = spawn(process.execPath, [WRITER, folder, round], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  let onLine: (() => void) | undefined;
  const output = createInterface({ input: child.stdout! });
  output.on("line", (line) => {
    lines.push(line);
    onLine?.();
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    pid: child.pid ?? -1,
    lines,
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        onLine = () => void (lines.length >= count && resolve());
        onLine();
        void gone.then(() => reject(new Error(`It ended after ${lines.length} lines.`)));
      }),
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
