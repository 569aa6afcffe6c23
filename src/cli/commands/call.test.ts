/** `call`, against a fleet that answers as scripted: what is sent, and what is shown. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { META } from "../../protocol/index.ts";
import { runCaptured, type Setting } from "../testing/capture.ts";
import { startFakeFleet, type FakeFleet, type Script } from "../testing/fake-fleet.ts";
import { SCRIPT } from "../testing/sample-fleet.ts";

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

const calls = () =>
  fleet?.seen.filter(({ body }) => JSON.stringify(body)?.includes("tools/call")) ?? [];

const answering = (...messages: unknown[]): Script => ({ ...SCRIPT, call: () => messages });
const text = (words: string, more = {}) => ({
  content: [{ type: "text", text: words }],
  ...more,
});

describe("call", () => {
  test("sends what the schema asks for, in the modern envelope", async () => {
    const { code, stdout } = await run(
      ["call", "sql_explain", "--sql", "sélect", "--analyze"],
      answering(text("a plan")),
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "a plan\n" });
    const [sent] = calls();
    expect(sent?.path).toBe("/mcp");
    expect(sent?.headers).toMatchObject({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "sql_explain",
      "mcp-param-sql": `=?base64?${Buffer.from("sélect").toString("base64")}?=`,
      accept: "application/json, text/event-stream",
    });
    const { params } = (sent?.body ?? {}) as { params: Record<string, unknown> };
    expect(params).toMatchObject({
      name: "sql_explain",
      arguments: { sql: "sélect", analyze: true },
    });
    expect(params["_meta"]).toMatchObject({
      [META.protocolVersion]: "2026-07-28",
      [META.clientCapabilities]: {},
    });
  });

  test("worker/tool calls by the worker's own name", async () => {
    await run(["call", "everything/echo", "--message", "x"], answering(text("x")));
    expect(calls()[0]).toMatchObject({
      path: "/mcp/everything",
      body: { params: { name: "echo" } },
    });
  });

  test("nothing is sent when the arguments are wrong", async () => {
    const wrong = await run(["call", "sql_explain", "--ddl", "x"], answering(text("never")));
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("--sql is missing");
    expect((await run(["call", "sql_explain", "--sqll", "x"])).stderr).toContain(
      'Did you mean "sql"?',
    );
    expect((await run(["call", "sql_explian"])).code).toBe(2);
    expect(calls()).toEqual([]);
  });

  test("arguments from JSON, stdin and files; what is typed wins", async () => {
    await writeFile(join(cwd, "q.sql"), "from file");
    const script = answering(text("ok"));
    await run(["call", "sql_explain", "--json", '{"sql": "a", "ddl": "b"}', "--ddl", "c"], script);
    await run(["call", "sql_explain", "--args", "-"], script, { stdin: '{"sql": "stdin"}' });
    await run(["call", "sql_explain", "--file", "sql=@q.sql"], script);
    await run(["call", "--args", '{"sql": "before"}', "sql_explain"], script);
    const sent = calls().map(
      ({ body }) => (body as { params: { arguments: unknown } }).params.arguments,
    );
    expect(sent).toEqual([
      { sql: "a", ddl: "c" },
      { sql: "stdin" },
      { sql: "from file" },
      { sql: "before" },
    ]);
    expect((await run(["call", "sql_explain", "--args", "{sql"])).stderr).toContain(
      "not valid JSON",
    );
    expect((await run(["call", "sql_explain", "--file", "sql=none"])).stderr).toContain(
      "no such file",
    );
  });

  test("a tool's error is exit code 1, on stderr; --json gives the whole result", async () => {
    const failing = answering(text("no table t", { isError: true }));
    const { code, stdout, stderr } = await run(["call", "sql_explain", "--sql", "x"], failing);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: "✗ no table t\n" });
    const json = await run(["call", "sql_explain", "--sql", "x", "--json"], failing);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ isError: true });
  });

  test("a wire error tells Flotilla's own code, reason and hint", async () => {
    const data = {
      code: "worker_crash_loop",
      reason: "It exits at once.",
      hint: "Look at its logs.",
    };
    const failing = answering({ error: { code: -31003, message: "x", data } });
    const { code, stderr } = await run(["call", "sql_explain", "--sql", "x"], failing);
    expect(code).toBe(1);
    expect(stderr).toBe("✗ It exits at once.\n  → Look at its logs.\n");
  });

  test("an SSE answer is read to its result; structured content shows when there is no text", async () => {
    const progress = {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: 1, progress: 1, total: 2 },
    };
    const script = answering(progress, { content: [], structuredContent: { rows: 2 } });
    const { stdout } = await run(["call", "sql_explain", "--sql", "x"], script);
    expect(JSON.parse(stdout)).toEqual({ rows: 2 });
  });

  test("pictures are saved where asked, and named otherwise", async () => {
    const picture = {
      type: "image",
      mimeType: "image/png",
      data: Buffer.from("PNG").toString("base64"),
    };
    const script = answering({ content: [{ type: "text", text: "see" }, picture] });
    const shown = await run(["call", "sql_explain", "--sql", "x"], script);
    expect(shown.stderr).toContain("image/png, 3 B");
    await run(["call", "sql_explain", "--sql", "x", "--out", "plan"], script);
    expect(await readFile(join(cwd, "plan.png"), "utf8")).toBe("PNG");
    await run(["call", "sql_explain", "--sql", "x", "--out", "sub/"], script);
    expect(await readFile(join(cwd, "sub", "result.png"), "utf8")).toBe("PNG");
  });

  test("text from a worker cannot drive the terminal; a pipe gets it as it is", async () => {
    const script = answering(text("\u001B]0;title\u0007\u001B[2Jhello\n\tworld"));
    const shown = await run(["call", "sql_explain", "--sql", "x"], script, { terminal: 80 });
    expect(shown.stdout).toBe("hello\n\tworld\n");
    expect((await run(["call", "sql_explain", "--sql", "x"], script)).stdout).toContain(
      "\u001B[2J",
    );
  });

  test("--url after the name is the tool's where it has one, and ours where not", async () => {
    fleet = await startFakeFleet(answering(text("ok")));
    const other = { cwd, env: { FLOTILLA_URL: "http://127.0.0.1:9" } };
    const ours = await runCaptured(
      ["call", "sql_explain", "--sql", "x", "--url", fleet.url],
      other,
    );
    expect(ours).toMatchObject({ code: 0, stdout: "ok\n" });
    const own = await run(["call", "everything_echo", "--url", "https://tool.example"]);
    expect(own.code).toBe(0);
    expect(calls().at(-1)?.body).toMatchObject({
      params: { arguments: { url: "https://tool.example" } },
    });
    const unclear = await runCaptured(["call", "everything_echo", "--url", fleet.url], other);
    expect(unclear).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("before the tool's name"),
    });
  });

  test("--help after a tool shows what it takes", async () => {
    const { code, stdout } = await run(["call", "sql_explain", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--sql <text>");
    expect(stdout).toContain("(required) The query.");
  });
});
