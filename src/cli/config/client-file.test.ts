/** Real files of the clients, as their documentation shows them; read unchanged. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { formatProblem, problemsOf } from "./problems.ts";
import { isFlotillaError } from "../../protocol/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-clients-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(file: string, text: string, env: Record<string, string> = {}) {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  const options = { path, env, cwd: folder, home: "/home/me", toolpacks: [] };
  const { fleet, warnings, files } = await loadConfiguration(options);
  const runs = Object.fromEntries(fleet.workers.map(({ name, run }) => [name, run]));
  return { runs, warnings: warnings.map(formatProblem), files };
}

const command = (program: string, args: string[], env = {}) => ({
  kind: "command",
  command: program,
  args,
  env,
});
const remote = (url: string, transport = "auto", headers = {}) => ({
  kind: "remote",
  url,
  headers,
  transport,
});

test("Claude Desktop", async () => {
  const { runs, warnings } = await load(
    "claude_desktop_config.json",
    `{
    "globalShortcut": "Ctrl+Space",
    "mcpServers": {
      "filesystem": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/Desktop"] },
      "Brave Search": { "command": "npx", "args": ["-y", "brave"], "env": { "BRAVE_API_KEY": "k" } }
    }
  }`,
  );
  expect(runs).toEqual({
    filesystem: command("npx", [
      "-y",
      "@modelcontextprotocol/server-filesystem",
      "/home/me/Desktop",
    ]),
    "brave-search": command("npx", ["-y", "brave"], { BRAVE_API_KEY: "k" }),
  });
  expect(warnings.join()).toMatch(/is called "brave-search" in the fleet/);
});

test("Claude Code", async () => {
  const text = `{ "numStartups": 7, "projects": {"/w": {}}, "mcpServers": {
    "api": { "type": "http", "url": "\${API_BASE:-https://api.example.com}/mcp", "headers": { "Authorization": "Bearer \${API_KEY}" } },
    "events": { "type": "sse", "url": "https://e.example.com/sse" },
    "db": { "type": "stdio", "command": "uvx", "args": ["mcp-db", "--dsn", "\${DSN}"], "env": {} } } }`;
  const { runs } = await load(".claude.json", text, { API_KEY: "k", DSN: "d" });
  expect(runs).toEqual({
    api: remote("https://api.example.com/mcp", "streamable-http", { Authorization: "Bearer k" }),
    events: remote("https://e.example.com/sse", "sse"),
    db: command("uvx", ["mcp-db", "--dsn", "d"]),
  });
});

test("Cursor, with its variables and an env file", async () => {
  await writeFile(join(folder, ".env"), "TOKEN=from-file\nB=two\n");
  const { runs, files } = await load(
    ".cursor/mcp.json",
    `{ "mcpServers": {
    "local": { "type": "stdio", "command": "\${workspaceFolder}/bin/x", "args": ["\${userHome}", "\${env:N}"],
               "env": { "B": "2" }, "envFile": "\${workspaceFolder}/.env" },
    "far": { "url": "https://far.example.com/mcp", "headers": { "X": "1" } } } }`,
    { N: "n" },
  );
  expect(runs).toEqual({
    local: command(join(folder, "bin/x"), ["/home/me", "n"], { TOKEN: "from-file", B: "2" }),
    far: remote("https://far.example.com/mcp", "auto", { X: "1" }),
  });
  expect(files).toEqual([join(folder, ".cursor/mcp.json"), join(folder, ".env")]);
});

test("VS Code, with comments and inputs", async () => {
  const text = `{
    // asked once
    "inputs": [{ "type": "promptString", "id": "key", "password": true }],
    "servers": {
      "github": { "type": "http", "url": "https://api.githubcopilot.com/mcp/" },
      "tool": { "type": "stdio", "command": "node", "args": ["\${workspaceFolder}/s.js"], "env": { "A": null }, },
    },
  }`;
  const { runs } = await load(".vscode/mcp.json", text);
  expect(runs).toEqual({
    github: remote("https://api.githubcopilot.com/mcp/", "streamable-http"),
    tool: command("node", [join(folder, "s.js")]),
  });
  const settings = `{ "editor.fontSize": 12, "mcp": { "servers": { "x": { "command": "y" } } } }`;
  expect((await load("settings.json", settings)).runs).toEqual({ x: command("y", []) });
  const asking = `{ "servers": { "x": { "command": "y", "env": { "K": "\${input:key}" } } } }`;
  const outcome = await load("mcp.json", asking).catch((error: unknown) => error);
  const words = isFlotillaError(outcome) ? problemsOf(outcome).map(formatProblem).join() : "";
  expect(words).toMatch(/mcp\.json:1:\d+ servers\.x\.env\.K: .*asked for by an editor/);
});

test("Windsurf", async () => {
  const { runs, warnings } = await load(
    "mcp_config.json",
    `{ "mcpServers": {
    "remote": { "serverUrl": "https://w.example.com/mcp", "disabledTools": ["x"] },
    "off": { "command": "x", "disabled": true } } }`,
  );
  expect(runs).toEqual({ remote: remote("https://w.example.com/mcp") });
  expect(warnings.join()).toMatch(/off: is switched off/);
});

test("Zed, old form and new, and an extension's server", async () => {
  const { runs, warnings } = await load(
    "settings.json",
    `{
    "theme": "One Dark", // dark
    "context_servers": {
      "new": { "source": "custom", "command": "npx", "args": ["a"], "env": {} },
      "old": { "command": { "path": "/bin/x", "args": ["b"], "env": { "A": "1" } }, "settings": {} },
      "far": { "url": "https://z.example.com/mcp", "headers": {} },
      "ext": { "source": "extension", "settings": {} } } }`,
  );
  expect(runs).toEqual({
    new: command("npx", ["a"]),
    old: command("/bin/x", ["b"], { A: "1" }),
    far: remote("https://z.example.com/mcp"),
  });
  expect(warnings.join()).toMatch(/ext: comes from an editor's extension/);
});

test("Codex", async () => {
  const text = `model = "x"\n[mcp_servers.docs]\ncommand = "npx"\nargs = ["-y", "d"]\n[mcp_servers.web]\nurl = "https://c.example.com/mcp"\nhttp_headers = { A = "1" }\n`;
  expect((await load("config.toml", text)).runs).toEqual({
    docs: command("npx", ["-y", "d"]),
    web: remote("https://c.example.com/mcp", "auto", { A: "1" }),
  });
});

test("mcpServers pasted into flotilla.yaml stand beside its own workers", async () => {
  const text = `workers: {a: {command: x}}\nmcpServers: {"a": {"command": "y"}, "b": {"url": "http://h/mcp", "extra": 1}}\n`;
  const { runs, warnings } = await load("flotilla.yaml", text);
  expect(Object.keys(runs)).toEqual(["a", "a-2", "b"]);
  expect(warnings.join()).toMatch(/is called "a-2"/);
});

describe("what cannot be a server is told at its place", () => {
  test.each([
    [`{"mcpServers": {"x": {}}}`, /1:22 mcpServers\.x: neither a command nor a URL/],
    [`{"mcpServers": {"x": "npx"}}`, /1:22 mcpServers\.x: expected a group of keys/],
    [
      `{"mcpServers": {"x": {"command": "a", "args": "b"}}}`,
      /mcpServers\.x\.args: expected a list/,
    ],
    [
      `{"mcpServers": {"x": {"command": "a", "env": {"A": {}}}}}`,
      /mcpServers\.x\.env\.A: expected text/,
    ],
    [`{"mcpServers": {"x": {"url": "nope"}}}`, /mcpServers\.x\.url: expected a URL/],
    [`{"other": 1}`, /names no servers/],
  ])("%s", async (text, words) => {
    const outcome = await load("any.json", text).catch((error: unknown) => error);
    if (!isFlotillaError(outcome)) throw new Error("expected a FlotillaError", { cause: outcome });
    expect(problemsOf(outcome).map(formatProblem).join("\n")).toMatch(words);
  });
});

test("a server called coordinator gets another name", async () => {
  const { runs } = await load("any.json", `{"mcpServers": {"coordinator": {"command": "x"}}}`);
  expect(Object.keys(runs)).toEqual(["coordinator-2"]);
});

test("a user name in a URL becomes a header", async () => {
  const { runs } = await load(
    "any.json",
    `{"mcpServers": {"x": {"url": "https://me:p%40ss@h.example/mcp"}}}`,
  );
  const authorization = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  expect(runs["x"]).toEqual(remote("https://h.example/mcp", "auto", { authorization }));
});
