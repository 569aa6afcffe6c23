/** The verbs that talk to a fleet, against one that answers as scripted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FleetEvent } from "../../protocol/index.ts";
import { runCaptured, type Setting } from "../testing/capture.ts";
import { startFakeFleet, type FakeFleet, type Script } from "../testing/fake-fleet.ts";
import { SCRIPT, SQL } from "../testing/sample-fleet.ts";

let cwd: string;
let fleet: FakeFleet | undefined;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "flotilla-verbs-"));
});
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
  await rm(cwd, { recursive: true, force: true });
});

async function run(args: string[], script: Script = SCRIPT, setting: Partial<Setting> = {}) {
  fleet ??= await startFakeFleet(script);
  return runCaptured(args, { cwd, env: { FLOTILLA_URL: fleet.url }, ...setting });
}

describe("ps", () => {
  test("says how each worker is, and why one is not well", async () => {
    const { code, stdout } = await run(["ps"], SCRIPT, { terminal: 80 });
    const port = new RegExp(fleet?.url ?? "", "g");
    expect(stdout.replaceAll(port, "http://127.0.0.1:7420")).toMatchSnapshot();
    expect(code).toBe(0);
    expect(stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
  });
  test("--json is the API's own answer", async () => {
    const { stdout } = await run(["ps", "--json"]);
    expect(JSON.parse(stdout).workers).toHaveLength(3);
  });
  test("--url may stand before or after the verb, and may be the MCP endpoint", async () => {
    const { url } = (fleet = await startFakeFleet(SCRIPT));
    for (const args of [
      ["--url", `${url}/mcp`, "ps"],
      ["ps", "--url", `${url}/`],
    ]) {
      expect((await runCaptured(args, { cwd })).code).toBe(0);
    }
  });
});

describe("tools", () => {
  test("names the worker of each, in one line", async () => {
    const { stdout } = await run(["tools"], SCRIPT, { terminal: 80 });
    expect(stdout).toMatchSnapshot();
  });
  test("for a pipe nothing is cut, and every row names its worker", async () => {
    const { stdout } = await run(["tools"]);
    expect(
      stdout
        .split("\n")
        .slice(1, 3)
        .map((line) => line.split(/ {2,}/).slice(0, 2)),
    ).toEqual([
      ["database", "sql_explain"],
      ["everything", "everything_echo"],
    ]);
  });
  test("--worker, --search, --schema, one tool", async () => {
    expect((await run(["tools", "--worker", "database"])).stdout).not.toContain("echo");
    expect((await run(["tools", "-s", "INDEXES query"])).stdout).toContain("sql_explain");
    expect((await run(["tools", "-s", "nothing"])).stderr).toBe("No tool matches.\n");
    const [definition] = JSON.parse((await run(["tools", "sql_explain", "--schema"])).stdout);
    expect(definition).toEqual({ worker: "database", ...SQL });
    expect(
      (await run(["tools", "sql_explain"], SCRIPT, { terminal: 80 })).stdout,
    ).toMatchSnapshot();
    const wrong = await run(["tools", "sql_explian"]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "sql_explain"?'),
    });
  });
});

const log = (offset: string, message: string): FleetEvent => ({
  offset,
  atMs: new Date(2026, 10, 21, 4, 5, 6).getTime(),
  topic: "logs",
  log: { level: "warn", source: "database", worker: "database", message },
});
describe("logs", () => {
  test("shows what was written; the query says what is wanted", async () => {
    const script = { ...SCRIPT, events: [log("1", "one\u001B[2J"), log("2", "two")] };
    const { stdout } = await run(
      ["logs", "-w", "database", "-n", "5", "-t", "logs", "-t", "calls"],
      script,
    );
    expect(stdout).toBe("04:05:06  database      one\n04:05:06  database      two\n");
    expect(fleet?.seen[0]?.path).toBe(
      "/api/v1/events?topic=logs&topic=calls&worker=database&limit=5",
    );
  });
  test("-f goes on after the last event until interrupted", async () => {
    const script = { ...SCRIPT, events: [log("7", "old")] };
    const stop = new AbortController();
    const onOutput = (text: string) => {
      if (fleet?.seen.some(({ path }) => path.includes("stream")) && text.includes("old"))
        stop.abort();
    };
    const { code, stdout } = await run(["logs", "-f", "--json"], script, {
      signal: stop.signal,
      onOutput,
    });
    expect(code).toBe(130);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).offset),
    ).toEqual(["7", "7"]);
    expect(fleet?.seen[1]?.path).toBe("/api/v1/events/stream?topic=logs&after=7");
  });
  test("an unknown topic is refused", async () => {
    expect(await run(["logs", "-t", "news"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("logs, calls"),
    });
  });
});

const other: Script["other"] = ({ path }) =>
  path.endsWith("/wake")
    ? { status: 202, body: { worker: "x", state: "crash_loop", lastError: "exit 1" } }
    : undefined;

describe("wake and retire", () => {
  test("say what came of it", async () => {
    expect(await run(["wake", "database"])).toMatchObject({
      code: 0,
      stdout: "● database is ready\n",
    });
    expect(fleet?.seen[0]).toMatchObject({
      method: "POST",
      path: "/api/v1/workers/database/wake",
      body: { by: "cli" },
    });
    expect((await run(["retire", "database"])).stdout).toBe("○ database retires 2 drones\n");
  });
  test("a worker that does not start is exit code 1, with the reason", async () => {
    const { code, stderr } = await run(["wake", "x"], { ...SCRIPT, other });
    expect(code).toBe(1);
    expect(stderr).toContain("x: exit 1");
    expect(stderr).toContain("flotilla logs --worker x");
  });
  test("the API's own errors are told with their hint", async () => {
    const error = { code: "worker_unknown", message: 'No worker "x".', hint: "See flotilla ps." };
    const { code, stderr } = await run(["wake", "x"], {
      other: () => ({ status: 404, body: { error } }),
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: '✗ No worker "x".\n  → See flotilla ps.\n',
    });
  });
});

describe("no fleet", () => {
  test("nobody listens: exit code 3 and what to do", async () => {
    const gone = await startFakeFleet({});
    await gone.close();
    const { url } = gone;
    const { code, stderr } = await runCaptured(["ps", "--url", url], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain("nothing listens there");
    expect(stderr).toContain("flotilla up");
    const json = await runCaptured(["ps", "--url", url, "--json"], { cwd });
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "fleet_unreachable" } });
  });
  test("something else answers", async () => {
    const { code, stderr } = await run(["ps"], { other: () => ({ status: 200, body: "<html>" }) });
    expect(code).toBe(3);
    expect(stderr).toContain("is not Flotilla");
  });
});

const words = async (...typed: string[]) =>
  (await run(["__complete", "--", ...typed])).stdout
    .split("\n")
    .map((line) => line.split("\t")[0])
    .filter(Boolean);

test("completion knows verbs, options, workers, tools and a tool's arguments", async () => {
  expect(await words("t")).toEqual(["tools", "task"]);
  expect(await words("logs", "--f")).toEqual(["--follow"]);
  expect(await words("wake", "d")).toEqual(["database"]);
  expect(await words("logs", "--worker", "")).toEqual(["database", "everything", "broken"]);
  expect(await words("call", "sql")).toEqual(["sql_explain"]);
  expect(await words("call", "sql_explain", "--s")).toEqual(["--sql"]);
  expect(await words("connect", "cl")).toEqual(["claude-desktop", "claude-code"]);
  await fleet?.close();
  expect(await words("wake", "")).toEqual([]);
});
