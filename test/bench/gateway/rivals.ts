/** Gateways made with the official SDKs, and those of others; installed apart, see `test/bench/rivals`. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Era, Target } from "./load.ts";
import { LOAD_CORE, start, SYSTEM_CORE } from "./machine.ts";
import {
  answers,
  type Bench,
  freePort,
  listening,
  type Missing,
  NODE,
  type System,
  WORKERS,
} from "./systems.ts";

const RIVALS = join(import.meta.dirname, "../rivals");
const NPM = "npm ci --ignore-scripts --prefix test/bench/rivals";

interface Place {
  port: number;
  /** The HTTP worker. */
  upstream: string;
  folder: string;
}

interface Launch {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

interface Rival {
  name: string;
  /** Must be there for it to run. */
  needs: string;
  install: string;
  eras: readonly [Era, ...Era[]];
  path?: string;
  /** How it names the worker's tool; as the worker does when left out. */
  toolName?: (tool: string) => string;
  plainBody?: Target["plainBody"];
  launch(place: Place): Launch;
  /** What it must be told before it serves. */
  prepare?: (place: Place, env: Readonly<Record<string, string>>) => Promise<void>;
}

/** A worker on stdin and stdout, on the load's core as every worker. */
const LINE_WORKER = ["taskset", "-c", String(LOAD_CORE), NODE, join(WORKERS, "line-drone.ts")];

const script = (file: string) => ({
  needs: "node_modules",
  install: NPM,
  launch: ({ port, upstream }: Place): Launch => ({
    command: NODE,
    args: [join(RIVALS, file), String(port), upstream],
  }),
});

const python = (environment: string) => ({
  needs: `.venv-${environment}/bin/python`,
  install: `a Python environment with test/bench/rivals/${environment}.txt, see test/bench/rivals/README.md`,
});
const pythonOf = (environment: string): string => join(RIVALS, `.venv-${environment}/bin/python`);

const RIVAL_LIST: readonly Rival[] = [
  { name: "gateway of SDK v1", eras: ["legacy"], ...script("sdk-v1.mjs") },
  { name: "gateway of SDK v2", eras: ["modern", "legacy"], ...script("sdk-v2.mjs") },
  { name: "fastmcp (npm), forwarding", eras: ["legacy"], ...script("fastmcp-forwarder.mjs") },
  {
    name: "mcp-proxy (npm)",
    needs: "node_modules",
    install: NPM,
    eras: ["modern", "legacy"],
    launch: ({ port }) => ({
      command: NODE,
      args: [
        join(RIVALS, "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"),
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--server",
        "stream",
        "--",
        ...LINE_WORKER,
      ],
    }),
  },
  {
    name: "supergateway (npm), stateful",
    needs: "node_modules",
    install: NPM,
    eras: ["legacy"],
    launch: ({ port }) => ({
      command: NODE,
      args: [
        join(RIVALS, "node_modules/supergateway/dist/index.js"),
        "--stdio",
        LINE_WORKER.join(" "),
        "--outputTransport",
        "streamableHttp",
        "--stateful",
        "--port",
        String(port),
        "--logLevel",
        "none",
      ],
    }),
  },
  {
    name: "mcp-hub (npm), its REST call",
    needs: "node_modules",
    install: NPM,
    eras: ["legacy"],
    path: "/api/servers/tools",
    plainBody: (tool, text) => ({
      before: `{"server_name":"w","tool":"${tool}","id":`,
      after: `,"arguments":{"text":"${text}"}}`,
    }),
    launch({ port, upstream, folder }) {
      const config = join(folder, "hub.json");
      writeFileSync(config, JSON.stringify({ mcpServers: { w: { url: upstream } } }));
      return {
        command: NODE,
        args: [
          join(RIVALS, "node_modules/mcp-hub/dist/cli.js"),
          "--port",
          String(port),
          "--config",
          config,
        ],
        env: { XDG_STATE_HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      };
    },
  },
  {
    name: "fastmcp (PyPI), proxy",
    ...python("fastmcp"),
    eras: ["modern", "legacy"],
    launch: ({ port, upstream }) => ({
      command: pythonOf("fastmcp"),
      args: [join(RIVALS, "fastmcp-proxy.py"), String(port), upstream],
    }),
  },
  {
    name: "mcp-proxy (PyPI)",
    ...python("mcp-proxy"),
    eras: ["legacy"],
    launch: ({ port }) => ({
      command: pythonOf("mcp-proxy"),
      args: [
        "-m",
        "mcp_proxy",
        "--port",
        String(port),
        "--log-level",
        "ERROR",
        "--",
        ...LINE_WORKER,
      ],
    }),
  },
  {
    name: "ContextForge (PyPI)",
    ...python("contextforge"),
    eras: ["legacy"],
    toolName: (tool) => `w-${tool}`,
    launch: ({ port, folder }) => ({
      command: pythonOf("contextforge"),
      args: ["-m", "mcpgateway"],
      env: { ...contextForgeEnv(folder), HOST: "127.0.0.1", PORT: String(port) },
    }),
    prepare: registerAtContextForge,
  },
];

/** Its defaults, except that the way to the worker and anonymous calls of public tools are allowed. */
function contextForgeEnv(folder: string): Record<string, string> {
  const secret = randomBytes(48).toString("base64");
  return {
    MCP_REQUIRE_AUTH: "false",
    SSRF_ALLOW_LOCALHOST: "true",
    DATABASE_URL: `sqlite:///${folder}/contextforge.db`,
    CACHE_TYPE: "memory",
    LOG_LEVEL: "ERROR",
    MCPGATEWAY_UI_ENABLED: "false",
    JWT_SECRET_KEY: secret,
    AUTH_ENCRYPTION_SECRET: secret,
    BASIC_AUTH_PASSWORD: secret,
    PLATFORM_ADMIN_PASSWORD: secret,
    DEFAULT_USER_PASSWORD: secret,
  };
}

async function registerAtContextForge(
  { port, upstream }: Place,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ["-m", "mcpgateway.utils.create_jwt_token", "--admin", "--exp", "60"];
  const user = ["--username", "admin@example.com"];
  const made = execFileSync(pythonOf("contextforge"), [...args, ...user], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const token = made.trim().split("\n").at(-1) ?? "";
  const response = await fetch(`http://127.0.0.1:${port}/gateways`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: "w",
      url: upstream,
      transport: "STREAMABLEHTTP",
      visibility: "public",
    }),
  });
  if (!response.ok) throw new Error(`ContextForge: ${(await response.text()).slice(0, 200)}`);
}

async function startRival(rival: Rival, bench: Bench): Promise<System | Missing> {
  const { name, install, eras, path = "/mcp", plainBody } = rival;
  if (!existsSync(join(RIVALS, rival.needs))) return { name, install };
  const place = {
    port: await freePort(),
    upstream: `http://127.0.0.1:${bench.backendPort}/mcp`,
    folder: mkdtempSync(join(bench.folder, "rival-")),
  };
  const launch = rival.launch(place);
  const program = start({ cores: SYSTEM_CORE, ...launch });
  const tool = rival.toolName?.(bench.tool) ?? bench.tool;
  const target: Target = { port: place.port, pid: program.pid, path, tools: [tool], eras };
  if (plainBody !== undefined) target.plainBody = plainBody;
  try {
    await listening(place.port);
    await rival.prepare?.(place, launch.env ?? {});
    await answers(target, tool);
  } catch (error) {
    await program.end();
    return { name, install: `is there, but did not serve: ${String(error).slice(0, 200)}` };
  }
  const era = eras.length === 1 && plainBody === undefined ? ` (${eras[0]} era)` : "";
  return { name: `${name}${era}`, kind: "rival", target, end: () => program.end() };
}

/** What is compared to, with versions. */
export function rivalVersions(): string[] {
  const manifest = JSON.parse(readFileSync(join(RIVALS, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const npm = Object.entries(manifest.dependencies)
    .filter(([name]) => name !== "zod")
    .map(([name, version]) => `${name} ${version} (npm)`);
  const pypi = ["fastmcp", "mcp-proxy", "contextforge"].map((environment) =>
    readFileSync(join(RIVALS, `${environment}.txt`), "utf8")
      .trim()
      .replace("==", " "),
  );
  return [...npm, ...pypi.map((text) => `${text} (PyPI)`)];
}

/** All of them at once: the slowest of them takes long to start. */
export const rivals = (bench: Bench): Promise<System | Missing>[] =>
  RIVAL_LIST.map((rival) => startRival(rival, bench));
