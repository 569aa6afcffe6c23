/** The workers of others, as data: what each is asked to do, and what it cannot do and why. */
import { peer, PYTHON } from "../journeys/peers.ts";
import type { Feature, Step } from "./features.ts";

/** Not asked for, because this side does not have it. */
export interface Lack {
  cannot: string;
}

export interface InteropWorker {
  name: string;
  shown: string;
  needs: "node" | "python" | "go";
  transport: "stdio" | "http";
  command: string;
  args: (port: number) => string[];
  env?: (port: number) => Record<string, string>;
  /** Its tools are switches that stay as the last client left them: each client gets a worker of its own. */
  perClient?: true;
  steps: Record<Feature, { step: Step; said: RegExp } | Lack>;
}

type Steps = InteropWorker["steps"];
const ANY = /(?:)/;

/** What our own little servers in `test/peers` have in common. */
const PEER_STEPS: Steps = {
  list: { step: { kind: "list" }, said: /^steps$/ },
  call: { step: { kind: "call", name: "sum", args: { a: 1, b: 2 } }, said: /3/ },
  structured: { step: { kind: "call", name: "sum", args: { a: 1, b: 2 } }, said: /"sum":3/ },
  error: { step: { kind: "call", name: "fail", args: {} }, said: /run aground/ },
  progress: {
    step: { kind: "progress", name: "steps", args: { steps: 3, pauseMs: 30 } },
    said: ANY,
  },
  cancel: {
    step: { kind: "cancel", name: "steps", args: { steps: 100, pauseMs: 100 } },
    said: ANY,
  },
  read: { step: { kind: "read", uri: "tide://now" }, said: /high water/ },
  subscribe: {
    step: {
      kind: "subscribe",
      uri: "tide://now",
      trigger: { kind: "call", name: "touch", args: {} },
    },
    said: ANY,
  },
  log: { step: { kind: "log", name: "shout", args: {} }, said: ANY },
  elicit: { step: { kind: "call", name: "ask", args: {} }, said: /accept Ada/ },
  sample: { step: { kind: "call", name: "think", args: {} }, said: /thought due north/ },
};

const EVERYTHING_STEPS: Steps = {
  list: { step: { kind: "list" }, said: /^get-sum$/ },
  call: { step: { kind: "call", name: "get-sum", args: { a: 1, b: 2 } }, said: /3/ },
  structured: {
    step: { kind: "call", name: "get-structured-content", args: { location: "Chicago" } },
    said: /temperature/,
  },
  error: {
    step: { kind: "call", name: "get-annotated-message", args: { messageType: "none" } },
    said: /messageType/,
  },
  progress: {
    step: {
      kind: "progress",
      name: "trigger-long-running-operation",
      args: { duration: 1, steps: 4 },
    },
    said: ANY,
  },
  cancel: {
    step: {
      kind: "cancel",
      name: "trigger-long-running-operation",
      args: { duration: 15, steps: 5 },
    },
    said: ANY,
  },
  read: {
    step: { kind: "read", uri: "demo://resource/static/document/features.md" },
    said: /Features/i,
  },
  subscribe: {
    step: {
      kind: "subscribe",
      uri: "demo://resource/static/document/features.md",
      trigger: { kind: "call", name: "toggle-subscriber-updates", args: {} },
    },
    said: ANY,
  },
  log: { step: { kind: "log", name: "toggle-simulated-logging", args: {} }, said: ANY },
  elicit: { step: { kind: "call", name: "trigger-elicitation-request", args: {} }, said: /Ada/ },
  sample: {
    step: {
      kind: "call",
      name: "trigger-sampling-request",
      args: { prompt: "Where to?", maxTokens: 50 },
    },
    said: /due north/,
  },
};

const PYTHON_STEPS: Steps = {
  ...PEER_STEPS,
  subscribe: { cannot: "FastMCP 4 for Python has no call that tells of a changed resource" },
};

const EVERYTHING = peer("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const NPM = peer("interop/fastmcp-server.mjs");
const PY = peer("interop/fastmcp_server.py");
const GO = peer("go/bin/server");
const node = process.execPath;
const http = (script: string) => (port: number) => [script, "--http", String(port)];

export const WORKERS: readonly InteropWorker[] = [
  {
    name: "everything",
    shown: "server-everything",
    needs: "node",
    transport: "stdio",
    command: node,
    args: () => [EVERYTHING],
    perClient: true,
    steps: EVERYTHING_STEPS,
  },
  {
    name: "everything-http",
    shown: "server-everything",
    needs: "node",
    transport: "http",
    command: node,
    args: () => [EVERYTHING, "streamableHttp"],
    env: (port) => ({ PORT: String(port) }),
    perClient: true,
    steps: EVERYTHING_STEPS,
  },
  {
    name: "python",
    shown: "FastMCP (Python)",
    needs: "python",
    transport: "stdio",
    command: PYTHON,
    args: () => [PY],
    steps: PYTHON_STEPS,
  },
  {
    name: "python-http",
    shown: "FastMCP (Python)",
    needs: "python",
    transport: "http",
    command: PYTHON,
    args: http(PY),
    steps: PYTHON_STEPS,
  },
  {
    name: "golang",
    shown: "Go SDK",
    needs: "go",
    transport: "stdio",
    command: GO,
    args: () => [],
    steps: PEER_STEPS,
  },
  {
    name: "golang-http",
    shown: "Go SDK",
    needs: "go",
    transport: "http",
    command: GO,
    args: (port) => ["-http", String(port)],
    steps: PEER_STEPS,
  },
  {
    name: "fastmcp",
    shown: "fastmcp (npm)",
    needs: "node",
    transport: "stdio",
    command: node,
    args: () => [NPM],
    steps: PEER_STEPS,
  },
  {
    name: "fastmcp-http",
    shown: "fastmcp (npm)",
    needs: "node",
    transport: "http",
    command: node,
    args: http(NPM),
    steps: PEER_STEPS,
  },
];
