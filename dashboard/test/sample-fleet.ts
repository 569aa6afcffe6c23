/** A fleet with a bit of everything, for browser tests and for looking at the page: `node dashboard/test/sample-fleet.ts`. */
import type { WorkerStatus } from "../../src/protocol/api.ts";
import { DEFAULT_LIMITS, DEFAULT_SCALE } from "../../src/protocol/fleet.ts";
import type { DroneRecord, HealthRecord } from "../../src/protocol/records.ts";
import { type FakeFleet, type FakeTool, startFakeFleet } from "./fake-fleet.ts";

type Sketch = Partial<Omit<WorkerStatus, "health">> & { health?: Partial<HealthRecord> };

export function workerOf(name: string, sketch: Sketch = {}): WorkerStatus {
  const { health, ...rest } = sketch;
  return {
    name,
    revision: "r1",
    kind: "command",
    origin: "config",
    naming: "prefixed",
    scale: DEFAULT_SCALE,
    limits: DEFAULT_LIMITS,
    summary: `npx -y @acme/${name}`,
    drones: [],
    offers: null,
    ...rest,
    health: {
      worker: name,
      state: "asleep",
      failures: 0,
      sinceMs: Date.now() - 190_000,
      ...health,
    },
  };
}

export function droneOf(worker: string, sketch: Partial<DroneRecord> = {}): DroneRecord {
  return {
    id: "drone-4f7c1a9be20d",
    worker,
    revision: "r1",
    launcher: "process",
    handle: "41172",
    phase: "ready",
    address: { kind: "link", node: "local", launcher: "process" },
    createdAtMs: Date.now() - 64_000,
    readyAtMs: Date.now() - 63_000,
    reason: "answered its first handshake",
    ...sketch,
  };
}

const text = (said: string): Record<string, unknown> => ({
  result: { resultType: "complete", content: [{ type: "text", text: said }] },
});

const PLAN = `Sort  (cost=30.25..30.75 rows=200 width=12)
  Sort Key: berth
  ->  HashAggregate  (cost=20.60..22.60 rows=200 width=12)
        Group Key: berth
        ->  Seq Scan on ships  (cost=0.00..17.40 rows=740 width=4)`;

export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const DATABASE_TOOLS: FakeTool[] = [
  {
    name: "sql_explain",
    description:
      "Runs EXPLAIN for real on the given schema and says where the time goes. Loads the DDL into an empty PostgreSQL first.",
    inputSchema: {
      type: "object",
      properties: {
        ddl: { type: "string", description: "CREATE statements of the tables and indexes." },
        sql: { type: "string", description: "The statement to explain." },
        rows: {
          type: "integer",
          minimum: 0,
          maximum: 100000,
          default: 1000,
          description: "Rows to generate per table.",
        },
        dialect: { enum: ["postgresql", "mysql", "sqlite"], default: "postgresql" },
        analyze: { type: "boolean", description: "Run it too." },
        tables: { type: "array", items: { type: "string" }, description: "Only these tables." },
      },
      required: ["ddl", "sql"],
    },
    annotations: { readOnlyHint: true, idempotentHint: true },
    answer: () => ({
      result: {
        resultType: "complete",
        content: [{ type: "text", text: PLAN }],
        structuredContent: {
          cost: 30.75,
          node: "Sort",
          plans: [{ node: "HashAggregate", rows: 200 }],
        },
      },
    }),
  },
  {
    name: "schema_diagram",
    description: "Entity-relationship diagram from DDL.",
    inputSchema: { type: "object", properties: { ddl: { type: "string" } }, required: ["ddl"] },
    answer: () => ({
      result: {
        resultType: "complete",
        content: [{ type: "image", data: PIXEL, mimeType: "image/png" }],
      },
    }),
  },
  {
    name: "sql_lint",
    description: "Portability, correctness and performance smells, per dialect.",
    inputSchema: { type: "object", properties: { sql: { type: "string" } }, required: ["sql"] },
    answer: () => ({
      result: {
        resultType: "complete",
        isError: true,
        content: [{ type: "text", text: 'syntax error at or near "selec"' }],
      },
    }),
  },
  {
    name: "index_advisor",
    description:
      "Candidate indexes for a workload, each tried for real, kept only where the plan gets cheaper.",
    inputSchema: {
      type: "object",
      properties: { ddl: { type: "string" }, workload: { type: "array" } },
    },
    answer: () => ({
      error: {
        code: 1001,
        message: "The worker database failed a moment ago.",
        data: {
          code: "worker_unavailable",
          hint: "Wait, or look at its logs.",
          retryAfterMs: 12_000,
        },
      },
    }),
  },
];

export const sampleTools: [string, FakeTool[]][] = [
  ["database", DATABASE_TOOLS],
  [
    "everything",
    ["echo", "add", "get-sum", "long-running-operation"].map((name) => ({
      name,
      description: `The ${name} tool of the reference server.`,
      inputSchema: { type: "object", properties: { message: { type: "string" } } },
      answer: ({ message }: Record<string, unknown>) => text(`Echo: ${String(message)}`),
    })),
  ],
  [
    "coordinator",
    ["spawn_drone_server", "list_drones", "retire_drone", "fleet_status"].map((name) => ({
      name,
      description: `${name.replaceAll("_", " ")}.`,
      inputSchema: { type: "object" },
      answer: () => text("done"),
    })),
  ],
];

export async function startSampleFleet(): Promise<FakeFleet> {
  const fleet = await startFakeFleet();
  const nowMs = Date.now();
  fleet.tools = new Map(sampleTools);
  fleet.workers = [
    workerOf("database", {
      kind: "module",
      origin: "toolpack",
      summary: "Eight database tools: lint, format, explain, index advice",
      offers: { tools: 4, prompts: 0, resources: 0 },
      health: { state: "ready", sinceMs: nowMs - 63_000 },
      drones: [droneOf("database")],
    }),
    workerOf("coordinator", {
      kind: "builtin",
      origin: "builtin",
      summary: "The fleet's own tools",
      offers: { tools: 4, prompts: 0, resources: 0 },
      health: { state: "ready", sinceMs: nowMs - 7_200_000 },
    }),
    workerOf("everything", {
      summary: "npx -y @modelcontextprotocol/server-everything",
      offers: { tools: 4, prompts: 4, resources: 100 },
    }),
    workerOf("search", {
      summary: "uvx mcp-search --index docs",
      health: { state: "waking", sinceMs: nowMs - 1_400 },
      drones: [
        droneOf("search", {
          id: "drone-b81e0c77aa31",
          phase: "starting",
          createdAtMs: nowMs - 1_400,
          readyAtMs: nowMs - 1_400,
        }),
      ],
    }),
    workerOf("weather", {
      kind: "remote",
      summary: "https://weather.example/mcp",
      health: {
        state: "crash_loop",
        failures: 6,
        sinceMs: nowMs - 95_000,
        lastError: "connect ECONNREFUSED: nothing listens at weather.example:443",
        retryAtMs: nowMs + 41_000,
      },
    }),
  ];
  emitSamples(fleet, nowMs);
  return fleet;
}

function emitSamples(fleet: FakeFleet, nowMs: number): void {
  const base = { client: "editor 2.1", era: "modern" as const, method: "tools/call" };
  const calls = [
    {
      worker: "database",
      target: "sql_explain",
      durationMs: 612,
      wakeMs: 418,
      outcome: "ok" as const,
    },
    { worker: "everything", target: "echo", durationMs: 3.4, outcome: "ok" as const },
    {
      worker: "database",
      target: "sql_lint",
      durationMs: 21,
      outcome: "tool_error" as const,
      error: 'syntax error at or near "selec"',
    },
    {
      worker: "weather",
      target: "forecast",
      durationMs: 30_012,
      outcome: "error" as const,
      error: "worker_crash_loop: weather is tried again in 41 s",
    },
    {
      worker: "everything",
      target: "long-running-operation",
      durationMs: 8_200,
      outcome: "cancelled" as const,
    },
  ];
  for (let index = 0; index < 40; index += 1) {
    const call = calls[index % calls.length] ?? calls[0];
    if (call === undefined) continue;
    const callId = `call-${(index * 7919).toString(16).padStart(12, "0")}`;
    const drone = "drone-4f7c1a9be20d";
    fleet.emit({
      topic: "calls",
      atMs: nowMs - (40 - index) * 1_300,
      call: { ...base, ...call, callId, drone },
    });
  }
  const lines: [level: "info" | "warn" | "error", source: string, message: string][] = [
    ["info", "coordinator", "drone started"],
    ["info", "database", "PGlite is ready"],
    ["warn", "gateway", "call waited for a drone"],
    ["error", "weather", "connect ECONNREFUSED 192.0.2.7:443"],
    ["info", "coordinator", "drone retired after idle time"],
  ];
  lines.forEach(([level, source, message], index) => {
    fleet.emit({
      topic: "logs",
      atMs: nowMs - (lines.length - index) * 4_000,
      log: { level, source, message, fields: { drone: "drone-4f7c1a9be20d" } },
    });
  });
}

if (process.argv[1] === import.meta.filename) {
  const fleet = await startSampleFleet();
  process.stdout.write(`${fleet.url}\n`);
}
