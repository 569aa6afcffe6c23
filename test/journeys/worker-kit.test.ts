/** The kit as a new user meets it: scaffold, test, build, run, change under `flotilla dev`, call from a client. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { httpApiEvent, lambdaContext } from "../../src/worker/lambda/testing/events.ts";
import { lacksNode, NODE_NEEDED, sdkV1, sdkV2Auto } from "./peers.ts";
import { waitFor } from "./wait.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");
const run = promisify(execFile);
const LIMITS = { timeout: 90_000 };
const CALL = { name: "count_words", arguments: { text: "Every ship is a city." } };
const COUNTED = { content: [{ text: "5 words, 21 characters" }] };

let scratch: string;
let folder: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "flotilla-kit-"));
  folder = join(scratch, "harbour");
  await run(process.execPath, [MAIN, "new", "worker", "harbour"], { cwd: scratch, ...LIMITS });
  // What `npm install` puts there, from what is installed already.
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules/flotilla"));
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Server extends AsyncDisposable {
  log(): string;
}

function start(args: string[], env: Record<string, string> = {}): Server {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  return {
    log: () => text,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number | null];
      expect(code).toBe(0);
    },
  };
}

async function printed(server: Server, pattern: RegExp): Promise<string> {
  const matches = () => pattern.exec(server.log())?.[1];
  await waitFor(() => matches() !== undefined, { what: String(pattern), deadlineMs: 60_000 });
  return matches() ?? "";
}

test("its own tests pass", async () => {
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap"], {
    cwd: folder,
    ...LIMITS,
    // Inside a test runner Node's own would report to it instead of printing.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/# pass 3\n# fail 0/);
});

test("it builds, and what was built is a Lambda handler and a Worker", async () => {
  await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "."], {
    cwd: folder,
    ...LIMITS,
  });
  const call = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      ...CALL,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": CALL.name,
  };
  const body = JSON.stringify(call);
  interface Lambda {
    handler(event: object, context: object): Promise<{ body: string }>;
  }
  interface Edge {
    default: { fetch(request: Request): Promise<Response> };
  }
  const lambda = (await import(join(folder, "dist/lambda.js"))) as Lambda;
  const answered = await lambda.handler(httpApiEvent(headers, body), lambdaContext(5_000));
  expect(JSON.parse(answered.body)).toMatchObject({ result: COUNTED });
  const edge = (await import(join(folder, "dist/edge.js"))) as Edge;
  const request = new Request("http://edge.example/mcp", { method: "POST", headers, body });
  expect(await (await edge.default.fetch(request)).json()).toMatchObject({ result: COUNTED });
});

test("a folder with something in it is left alone", async () => {
  const again = run(process.execPath, [MAIN, "new", "worker", "harbour"], {
    cwd: scratch,
    ...LIMITS,
  });
  await expect(again).rejects.toMatchObject({ stderr: expect.stringContaining("not empty") });
});

describe.skipIf(lacksNode)(`clients from npm ${NODE_NEEDED}`, () => {
  test("call it over HTTP", async () => {
    await using server = start(["src/main.ts", "--http"], { PORT: "0" });
    const url = await printed(server, /listens on (\S+)/);
    for (const client of [sdkV1, sdkV2Auto]) {
      expect((await client(url, [CALL])).results).toMatchObject([COUNTED]);
    }
  });

  test("call it under flotilla dev, and see a change at the next call", async () => {
    await using server = start([MAIN, "dev", "--port", "0"]);
    const url = await printed(server, /ready at (http:\/\/127\.0\.0\.1:\d+)/);
    const endpoint = `${url}/mcp/harbour`;
    expect((await sdkV2Auto(endpoint, [CALL])).results).toMatchObject([COUNTED]);
    const source = join(folder, "src/worker.ts");
    const before = readFileSync(source, "utf8");
    writeFileSync(
      source,
      before.replaceAll("count_words", "tally").replace("} words", "} tallied"),
    );
    await printed(server, /(src\/worker\.ts changed)/);
    const tally = { ...CALL, name: "tally" };
    await waitFor(async () => (await sdkV2Auto(endpoint, [])).tools.includes("tally"), {
      what: "the new tool",
      deadlineMs: 60_000,
    });
    expect((await sdkV2Auto(endpoint, [tally])).results).toMatchObject([
      { content: [{ text: "5 tallied, 21 characters" }] },
    ]);
    writeFileSync(source, before);
  });
});
