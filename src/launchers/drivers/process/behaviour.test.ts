/** What the `process` launcher does beyond the conformance suite, with real programs. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type RunSpec } from "../../../protocol/fleet.ts";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import type { DroneClaim, Launcher } from "../../contract.ts";
import { createProcessLauncher } from "../process.node.ts";
import { until } from "./fixtures/processes.node.ts";

type CommandRun = Extract<RunSpec, { kind: "command" }>;

function order(run: RunSpec, limits: Partial<DroneClaim["limits"]> = {}): DroneClaim {
  return {
    claimId: "claim-1",
    worker: "w",
    revision: "r",
    run,
    limits: { ...DEFAULT_LIMITS, graceMs: 200, ...limits },
  };
}

function shell(script: string, env: Record<string, string> = {}): CommandRun {
  return { kind: "command", command: "sh", args: ["-c", script], env };
}

describe.skipIf(process.platform === "win32")("process launcher", () => {
  let stateDir: string;
  let launcher: Launcher;
  let output: string[];

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "flotilla-behaviour-"));
    output = [];
    launcher = createProcessLauncher({
      node: "here",
      stateDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: ({ text }) => output.push(text),
      environment: { PATH: process.env["PATH"], HOME: "/home/you", API_TOKEN: "operator-secret" },
    });
  });
  afterEach(async () => {
    await launcher.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  /** Starts it and gathers what it says until its link closes. */
  const said = async (claim: DroneClaim): Promise<{ lines: string[]; reason: string }> => {
    const { handle } = await launcher.create(claim, new AbortController().signal);
    const link = await launcher.connect(handle);
    const lines: string[] = [];
    link.onMessage((text) => lines.push(text));
    return { lines, reason: (await link.closed).reason };
  };

  test("gives a drone its own variables and a few of ours, no more", async () => {
    const { lines } = await said(order(shell("env", { WORKER_KEY: "k=v with spaces\tand more" })));
    const names = lines.map((line) => line.split("=")[0]);
    expect(lines).toContain("WORKER_KEY=k=v with spaces\tand more");
    expect(lines).toContain("FLOTILLA_CLAIM=claim-1");
    for (const name of ["FLOTILLA_RUN", "HOME", "PATH"]) expect(names).toContain(name);
    expect(names).not.toContain("API_TOKEN");
    // What a shell sets by itself.
    expect(
      names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")),
    ).toHaveLength(6);
  });

  test("passes variables a shell would drop", async () => {
    const script = 'console.log(process.env["my-key.x"]); process.stdin.resume()';
    const run = { ...shell(""), command: process.execPath, args: ["-e", script] };
    const claim = order({ ...run, env: { "my-key.x": "kept" } });
    const { handle } = await launcher.create(claim, new AbortController().signal);
    const link = await launcher.connect(handle);
    expect(await new Promise((resolve) => link.onMessage(resolve))).toBe("kept");
  });

  test("passes arguments as they are", async () => {
    const args = [
      "-c",
      'for a in "$@"; do printf "%s\\n" "$a"; done',
      "sh",
      "$(id)",
      "`id`",
      "a b",
      "*",
      "-n",
      "é",
    ];
    const run: RunSpec = { kind: "command", command: "sh", args, env: {} };
    expect((await said(order(run))).lines).toEqual(args.slice(3));
  });

  test("runs in the folder it is told, and denies one that is not there", async () => {
    const here = { ...shell("pwd -P"), cwd: stateDir };
    expect((await said(order(here))).lines).toEqual([stateDir]);
    const nowhere = order({ ...shell("pwd"), cwd: join(stateDir, "nowhere") });
    const refused = launcher.create(
      { ...nowhere, claimId: "claim-2" },
      new AbortController().signal,
    );
    await expect(refused).rejects.toMatchObject({
      code: "launcher_denied",
      message: expect.stringContaining("working directory"),
    });
  });

  test("keeps a refused order's secrets to itself", async () => {
    const secret = "sk-very-secret";
    const run: RunSpec = {
      kind: "command",
      command: "sh",
      args: [`${secret}\0`],
      env: { K: secret },
    };
    const refusal: unknown = await launcher
      .create(order(run), new AbortController().signal)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "launcher_denied" });
    expect(inspectDeep(refusal)).not.toContain(secret);
  });

  test("keeps secrets out of the state file", async () => {
    await launcher.create(
      order(shell("cat", { K: "sk-very-secret" })),
      new AbortController().signal,
    );
    const [name] = await readdir(join(stateDir, "drones"));
    const text = await readFile(join(stateDir, "drones", name ?? ""), "utf8");
    expect(JSON.parse(text)).toMatchObject({ claimId: "claim-1", worker: "w" });
    expect(text).not.toContain("sk-very-secret");
  });

  test("captures stderr by line, cut at 8 KiB", async () => {
    const script = `printf 'one\\ntwo\\n' >&2; head -c 20000 /dev/zero | tr '\\0' x >&2; printf '\\nend' >&2`;
    await said(order(shell(script)));
    await until(() => output.length === 4);
    expect(output).toEqual(["one", "two", "x".repeat(8_192), "end"]);
  });

  test("passes garbage on and lives", async () => {
    const script = `printf 'Server started!\\n\\001\\377\\n{"jsonrpc":\\n'; exit 5`;
    const { lines, reason } = await said(order(shell(script)));
    expect(lines).toEqual(["Server started!", "\u0001\uFFFD", '{"jsonrpc":']);
    expect(reason).toBe("exited with code 5");
  });

  test("ends a drone that sends a line without an end", async () => {
    const script = "while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done";
    const { reason } = await said(order(shell(script), { maxMessageBytes: 100_000 }));
    expect(reason).toBe("sent a message of more than 97 KB");
    const [drone] = await launcher.list();
    expect(drone).toMatchObject({ phase: "ended", endReason: reason });
    await until(async () => (await launcher.end(drone?.handle ?? "", 50)) === "gone");
  });

  test("tells a signal from an exit", async () => {
    expect((await said(order(shell("kill -9 $$")))).reason).toBe("killed by SIGKILL");
  });

  test("waits for no child that holds the pipe open", async () => {
    const { reason } = await said(order(shell("sleep 60 & exit 4")));
    expect(reason).toBe("exited with code 4");
  });

  test("throws torn and foreign files away and starts all the same", async () => {
    await launcher.create(order(shell("cat")), new AbortController().signal);
    const folder = join(stateDir, "drones");
    await writeFile(join(folder, "torn.json"), '{"claimId":"torn","pi');
    // Group 1 would be everybody.
    await writeFile(join(folder, "evil.json"), JSON.stringify({ claimId: "evil", pid: 1 }));
    const next = createProcessLauncher({
      node: "here",
      stateDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    expect(await next.list()).toEqual([]);
    expect(await readdir(folder)).toEqual(["claim-1.json"]);
    await next.close();
  });
});

function inspectDeep(error: unknown): string {
  const { message, hint, data, cause, stack } = error as Record<string, unknown>;
  return JSON.stringify([message, hint, data, stack, String(cause)]);
}
