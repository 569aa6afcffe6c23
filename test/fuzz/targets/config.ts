/** Configuration files of every dialect. The first line of an input is the file's name, the rest its text. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { formatProblem, loadConfiguration, problemsOf } from "../../../src/cli/config/index.ts";
import { isFlotillaError } from "../../../src/protocol/index.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";

const NAMES = ["flotilla.yaml", "flotilla.json", "mcp.json", "config.toml"];

export const config: FuzzTarget = {
  name: "config",
  watch: ["/src/cli/config/"],
  seeds: [
    'flotilla.yaml\ntoolpacks: none\nworkers:\n  files:\n    command: node\n    args: [server.js, --port, "1"]\n    env: { A: b, C: $HOME }\n    scale: { min: 0, max: 3, idle: 5m }\n    limits: { callTimeout: 2s, startTimeout: 30s }\n',
    'flotilla.yaml\nport: 7420\nhost: 127.0.0.1\ntoolpacks: [database]\nworkers:\n  web: { url: "https://example.com/mcp", headers: { Authorization: "Bearer ${TOKEN}" } }\n',
    "flotilla.yaml\nbase: &b { command: node }\nworkers:\n  a: *b\n  c: { <<: *b, args: [x] }\n",
    'flotilla.json\n{"toolpacks":"none","workers":{"a":{"command":"node","args":[]}}}',
    'mcp.json\n{"mcpServers":{"a":{"command":"npx","args":["-y","x"],"env":{"K":"v"}},"b":{"type":"http","url":"http://127.0.0.1:9/mcp"}}}',
    'config.toml\n[mcp_servers.a]\ncommand = "node"\nargs = ["x"]\n[mcp_servers.a.env]\nK = "v"\n',
    'flotilla.yaml\ntoolsets:\n  small: { tools: [sql_explain, "files_*"] }\n',
  ],
  dictionary: [
    "workers:",
    "toolpacks:",
    "toolsets:",
    "command:",
    "args:",
    "url:",
    "headers:",
    "env:",
    "scale:",
    "limits:",
    "naming:",
    "revisions:",
    "include:",
    "envFile:",
    "&a ",
    "*a",
    "<<: ",
    "!!js/function ",
    "!!binary ",
    "? ",
    "|\n",
    "---\n",
    "...\n",
    "${A:-b}",
    "${",
    "$HOME",
    "\t",
    "# ",
    "[[a]]",
    '"""',
    "'''",
    "1979-05-27T07:32:00Z",
    "0x7fffffffffffffff",
    ".inf",
    "__proto__",
    "constructor",
    "//",
    "/*",
    ...NAMES.map((name) => `${name}\n`),
  ],
  async start() {
    const folder = await mkdtemp(join(tmpdir(), "flotilla-fuzz-"));
    return {
      run: (input) => load(folder, textOf(input)),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

async function load(folder: string, input: string): Promise<void> {
  const line = input.indexOf("\n");
  const asked = basename(input.slice(0, Math.max(0, line)));
  const name = NAMES.includes(asked) ? asked : "flotilla.yaml";
  await writeFile(join(folder, name), input.slice(line + 1));
  try {
    await loadConfiguration({
      path: name,
      cwd: folder,
      home: folder,
      env: { HOME: folder, TOKEN: "s3cret" },
      platform: "linux",
      toolpacks: [],
    });
  } catch (error) {
    invariant(
      isFlotillaError(error) && error.code === "config_invalid",
      `not typed: ${stack(error)}`,
    );
    const problems = problemsOf(error).map(formatProblem);
    invariant(problems.length > 0, "a refusal without a problem");
    invariant(!problems.some((text) => text.includes("s3cret")), "a secret in a message");
    invariant(problems.join("\n").length < 200_000, "an endless list of problems");
  }
  invariant(!("polluted" in {}), "Object.prototype was changed");
}

const stack = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
