/** What the `thread` launcher does beyond the conformance suite, with real threads. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../protocol/fleet.ts";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import type { Launcher } from "../../contract.ts";
import { until } from "../process/fixtures/processes.node.ts";
import { createThreadLauncher } from "../thread.node.ts";

describe("thread launcher", () => {
  let folder: string;
  let launcher: Launcher;
  let output: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "flotilla-thread-"));
    output = [];
    launcher = createThreadLauncher({
      node: "here",
      clock: systemClock,
      telemetry: silentTelemetry,
      output: ({ text }) => output.push(text),
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
      environment: { HOME: "/home/you", API_TOKEN: "operator-secret" },
    });
  });
  afterEach(async () => {
    await launcher.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (script: string, maxMessageBytes = 1_000): Promise<string> => {
    const entry = join(folder, "entry.mjs");
    await writeFile(entry, `import { parentPort } from "node:worker_threads";\n${script}`);
    const drone = await launcher.create(
      {
        claimId: "claim-1",
        worker: "w",
        revision: "r",
        run: { kind: "module", entry, env: { KEY: "1" }, launcher: "thread" },
        limits: { ...DEFAULT_LIMITS, graceMs: 50, maxMessageBytes },
      },
      new AbortController().signal,
    );
    return drone.handle;
  };
  const reasonOf = async (handle: string): Promise<string | undefined> => {
    await until(async () => (await launcher.get(handle))?.phase === "ended");
    return (await launcher.get(handle))?.endReason;
  };

  test("captures what it prints, on both streams", async () => {
    await start(
      `console.log("to stdout"); console.error("to stderr"); parentPort.on("message", () => {});`,
    );
    await until(() => output.length === 2);
    expect(new Set(output)).toEqual(new Set(["to stdout", "to stderr"]));
  });

  test("hands down little of our environment", async () => {
    const handle = await start(`parentPort.postMessage(Object.keys(process.env).join(" "));
      parentPort.on("message", () => {});`);
    const link = await launcher.connect(handle);
    const names = await new Promise<string>((resolve) => link.onMessage(resolve));
    expect(new Set(names.split(" "))).toEqual(new Set(["HOME", "FLOTILLA_GRACE_MS", "KEY"]));
  });

  test("an uncaught error ends the drone alone, its text in the output only", async () => {
    const handle = await start(`throw new Error("boom with sk-secret");`);
    expect(await reasonOf(handle)).toBe("stopped by an error of its own");
    await until(() => output.some((line) => line.includes("boom")));
  });

  test("memory without end ends the drone alone", async () => {
    const handle = await start(
      `const all = []; for (;;) all.push(new Array(10_000).fill(Math.random()));`,
    );
    expect(await reasonOf(handle)).toBe("ran out of memory");
  });

  test("an endless loop is ended after its grace", async () => {
    const handle = await start(`for (;;);`);
    expect(await launcher.end(handle, 20)).toBe("ending");
    await until(async () => (await launcher.end(handle, 20)) === "gone");
    expect(await launcher.list()).toEqual([]);
  });

  test("is told the end of input before it is ended", async () => {
    const handle = await start(`parentPort.on("message", (message) => {
      if (message === null) process.exit(0);
    });`);
    await launcher.connect(handle);
    await launcher.end(handle, 3_600_000);
    await until(async () => (await launcher.end(handle, 3_600_000)) === "gone");
  });

  test("a message beyond the limit closes the link, anything but text is passed over", async () => {
    const handle =
      await start(`parentPort.postMessage({ no: "text" }); parentPort.postMessage("ok");
      parentPort.postMessage("x".repeat(2_000)); parentPort.on("message", () => {});`);
    const link = await launcher.connect(handle);
    const seen: string[] = [];
    link.onMessage((text) => seen.push(text));
    expect((await link.closed).reason).toBe("sent a message longer than its limit");
    expect(seen).toEqual(["ok"]);
  });
});
