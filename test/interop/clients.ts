/** The clients of others: programs that take a URL, a plan and its order, and print what each step brought. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { lacksNode, lacksPython, peer, PYTHON } from "../journeys/peers.ts";
import type { Feature, Outcomes, Plan, Step } from "./features.ts";

const run = promisify(execFile);
const LIMITS = { timeout: 240_000, maxBuffer: 32 * 1024 * 1024 };

export interface InteropClient {
  name: string;
  needs: "node" | "python" | "go";
  cannot: Partial<Record<Feature, string>>;
  run(url: string, plan: Plan): Promise<{ version?: string; steps: Outcomes }>;
}

export const GO_CLIENT = peer("go/bin/client");
export const lacks = {
  node: lacksNode || !existsSync(peer("node_modules/fastmcp")),
  python: lacksPython,
  go: !existsSync(GO_CLIENT),
} as const;
export const NEEDED = {
  node: "npm ci --prefix test/peers",
  python: "test/peers/requirements.txt in test/peers/.venv",
  go: "go build -C test/peers/go -o bin/ ./...",
} as const;

interface Program {
  name: string;
  needs: InteropClient["needs"];
  command: string;
  script?: string;
  mode: "auto" | "legacy";
}

function program({ name, needs, command, script, mode }: Program): InteropClient {
  return {
    name,
    needs,
    cannot: {},
    async run(url, plan) {
      const before = script === undefined ? [] : [peer(script)];
      const order = JSON.stringify(Object.keys(plan));
      const args = [...before, url, mode, JSON.stringify(plan), order];
      const { stdout } = await run(command, args, LIMITS);
      return JSON.parse(stdout) as { version: string; steps: Outcomes };
    },
  };
}

const INSPECTOR = peer(
  "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
);
const ONE_METHOD = "its command line runs one method and ends";

/** The Inspector's command line: each step is a run of its own. */
const inspector: InteropClient = {
  name: "Inspector CLI",
  needs: "node",
  cannot: {
    progress: ONE_METHOD,
    cancel: ONE_METHOD,
    subscribe: ONE_METHOD,
    log: ONE_METHOD,
    elicit: ONE_METHOD,
    sample: ONE_METHOD,
  },
  async run(url, plan) {
    const steps: Outcomes = {};
    for (const [feature, step] of Object.entries(plan) as [Feature, Step][]) {
      try {
        const args = [INSPECTOR, "--cli", url, "--transport", "http", ...inspectorArgs(step)];
        const { stdout } = await run(process.execPath, args, LIMITS);
        const answer = JSON.parse(stdout) as { tools?: { name: string }[] };
        steps[feature] = {
          ok: step.kind === "list" ? answer.tools?.map(({ name }) => name) : answer,
        };
      } catch (error) {
        // It prints a tool's own error and then ends with a status that says so.
        const printed = (error as { stdout?: string }).stdout ?? "";
        steps[feature] = printed.trim().startsWith("{")
          ? { ok: JSON.parse(printed) as unknown }
          : { error: error instanceof Error ? error.message.slice(0, 300) : String(error) };
      }
    }
    return { steps };
  },
};

function inspectorArgs(step: Step): string[] {
  if (step.kind === "list") return ["--method", "tools/list"];
  if (step.kind === "read") return ["--method", "resources/read", "--uri", step.uri ?? ""];
  const pairs = Object.entries(step.args ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  const args = pairs.length === 0 ? [] : ["--tool-arg", ...pairs];
  return ["--method", "tools/call", "--tool-name", step.name ?? "", ...args];
}

const node = process.execPath;
export const CLIENTS: readonly InteropClient[] = [
  program({
    name: "TypeScript SDK 1",
    needs: "node",
    command: node,
    script: "interop/sdk-v1.mjs",
    mode: "legacy",
  }),
  program({
    name: "TypeScript SDK 2, auto",
    needs: "node",
    command: node,
    script: "interop/sdk-v2.mjs",
    mode: "auto",
  }),
  program({
    name: "TypeScript SDK 2, legacy",
    needs: "node",
    command: node,
    script: "interop/sdk-v2.mjs",
    mode: "legacy",
  }),
  program({
    name: "Python SDK, auto",
    needs: "python",
    command: PYTHON,
    script: "interop/python_sdk.py",
    mode: "auto",
  }),
  program({
    name: "Python SDK, legacy",
    needs: "python",
    command: PYTHON,
    script: "interop/python_sdk.py",
    mode: "legacy",
  }),
  program({ name: "Go SDK, auto", needs: "go", command: GO_CLIENT, mode: "auto" }),
  program({ name: "Go SDK, legacy", needs: "go", command: GO_CLIENT, mode: "legacy" }),
  inspector,
];
