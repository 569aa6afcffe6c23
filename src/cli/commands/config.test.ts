/** The verbs that write files: flotilla.yaml, and the clients' own configurations. */
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "../config/index.ts";
import { CLIENTS } from "../clients/known.ts";
import { runCaptured, type Setting } from "../testing/capture.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "flotilla-files-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const run = (args: string[], setting: Partial<Setting> = {}) =>
  runCaptured(args, { cwd, ...setting });
const read = (file: string) => readFile(join(cwd, file), "utf8");

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(cwd, file)), { recursive: true });
  await writeFile(join(cwd, file), text);
}

async function workers(env: Record<string, string> = {}) {
  const { fleet } = await loadConfiguration({ env, cwd, toolpacks: [] });
  return Object.fromEntries(fleet.workers.map(({ name, run: how }) => [name, how]));
}

describe("init", () => {
  test("writes a file that is valid, points to its schema, and is not written over", async () => {
    expect(await run(["init"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("wrote flotilla.yaml"),
    });
    const text = await read("flotilla.yaml");
    const schema = /^# yaml-language-server: \$schema=(.+)$/m.exec(text)?.[1] ?? "";
    expect((await stat(schema)).isFile()).toBe(true);
    expect(await workers()).toEqual({});
    expect(await run(["init"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is there already"),
    });
    expect(await run(["init", "--force"])).toMatchObject({ code: 0 });
  });
});

describe("add", () => {
  test("a command, a URL and a toolpack; comments and order stay", async () => {
    await write("flotilla.yaml", "# mine\nworkers:\n  # first\n  old: { command: x } # here\n");
    await run([
      "add",
      "files",
      "--env",
      "TOKEN",
      "--env",
      "A=b c",
      "--",
      "npx",
      "-y",
      "pkg",
      "--flag",
    ]);
    await run([
      "add",
      "web",
      "--url",
      "https://h.example/mcp",
      "--header",
      "Authorization: Bearer ${KEY}",
    ]);
    await run(["add", "db2", "--toolpack", "database"]);
    expect(await read("flotilla.yaml")).toBe(`# mine
workers:
  # first
  old: {command: x} # here
  files:
    command: npx
    args:
      - -y
      - pkg
      - --flag
    env:
      TOKEN: \${TOKEN}
      A: b c
  web:
    url: https://h.example/mcp
    headers:
      Authorization: Bearer \${KEY}
  db2:
    toolpack: database
`);
  });
  test("makes the file when there is none, private to its owner", async () => {
    expect(await run(["add", "a", "--", "x"])).toMatchObject({
      code: 0,
      stdout: "✓ a is in flotilla.yaml\n",
    });
    expect((await workers())["a"]).toMatchObject({ command: "x" });
    expect((await stat(join(cwd, "flotilla.yaml"))).mode & 0o777).toBe(0o600);
  });
  test.each<[string[], RegExp]>([
    [["add", "A b", "--", "x"], /cannot be a worker's name[^]*Try "a-b"/],
    [["add", "coordinator", "--", "x"], /Try "my-coordinator"/],
    [["add", "a"], /Give a command after --/],
    [["add", "a", "--url", "http://h", "--", "x"], /one of them/],
    [["add", "a", "--url", "nope"], /url: expected a URL/],
    [["add", "a", "--env", "no good", "--", "x"], /--env NAME=value/],
    [["add", "a", "--header", "X: 1", "--", "x"], /headers: only makes sense together with url/],
    [["add"], /missing required argument/],
  ])("%j is refused, and nothing is written", async (args, words) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(await readdir(cwd)).toEqual([]);
  });
  test("a name that is taken needs --force; --dry-run only shows", async () => {
    await run(["add", "a", "--", "x"]);
    expect(await run(["add", "a", "--", "y"])).toMatchObject({ code: 2 });
    const shown = await run(["add", "a", "--force", "--dry-run", "--", "y"]);
    expect(shown.stdout).toContain("command: y");
    expect((await workers())["a"]).toMatchObject({ command: "x" });
    await run(["add", "a", "--force", "--", "y"]);
    expect((await workers())["a"]).toMatchObject({ command: "y" });
  });
});

describe("validate", () => {
  test("shows the fleet; secrets stay out of it", async () => {
    await write(
      "flotilla.yaml",
      "toolpacks: none\nworkers:\n  a: {command: npx, args: [--token, hush-hush]}\n",
    );
    const { code, stdout } = await run(["validate"]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      "✓ flotilla.yaml is valid · 1 worker\n\nWORKER  RUNS\na       npx --token •••\n",
    );
  });
  test("tells every problem with its place, and ends with 2", async () => {
    await write("flotilla.yaml", "port: 99999\nworkers:\n  a:\n    comand: npx\n");
    const { code, stderr, stdout } = await run(["validate"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatchInlineSnapshot(`
      "✗ flotilla.yaml:1:7
        port: expected a port number from 0 to 65535 (0 picks a free one)
      ✗ flotilla.yaml:4:5
        workers.a.comand: unknown key
        → Did you mean "command"?
      "
    `);
    const json = JSON.parse((await run(["validate", "--json"])).stderr);
    expect(json.error.data.problems).toHaveLength(2);
  });
  test("--schema prints the published schema", async () => {
    expect(JSON.parse((await run(["validate", "--schema"])).stdout)).toMatchObject({
      type: "object",
    });
  });
});

describe("connect", () => {
  const endpoint = ["--url", "http://127.0.0.1:9999"];

  test.each(CLIENTS.map(({ id }) => id))("%s: once, again, and out", async (id) => {
    const json = async (...args: string[]) =>
      JSON.parse((await run(["connect", id, "--json", ...endpoint, ...args])).stdout) as {
        file: string;
        changed: boolean;
        backup: string | null;
      };
    const first = await json();
    expect(first).toMatchObject({ client: id, changed: true, backup: null });
    expect(first.file.startsWith(cwd)).toBe(true);
    expect(await readFile(first.file, "utf8")).toContain("http://127.0.0.1:9999");
    expect(await json()).toMatchObject({ changed: false, backup: null });
    const out = await json("--remove");
    expect(out.changed).toBe(true);
    expect(await readFile(out.backup ?? "", "utf8")).toContain("http://127.0.0.1:9999");
    expect(await readFile(first.file, "utf8")).not.toContain("9999");
    expect(await json("--remove")).toMatchObject({ changed: false });
  });

  test("the backup is the old file to the byte; comments, links and rights stay", async () => {
    const text = '{\n  // mine\n  "mcpServers": { "a": { "command": "x" } },\n}\n';
    await write("dotfiles/cursor.json", text);
    await chmod(join(cwd, "dotfiles/cursor.json"), 0o640);
    await mkdir(join(cwd, ".cursor"));
    await symlink("../dotfiles/cursor.json", join(cwd, ".cursor/mcp.json"));
    const { stdout } = await run(["connect", "cursor", ...endpoint]);
    const backup = /backup (.+)$/m.exec(stdout)?.[1] ?? "";
    expect(backup).toMatch(/cursor\.json\.\d{8}T\d{6}Z\.backup$/);
    expect(await readFile(backup, "utf8")).toBe(text);
    expect(await read("dotfiles/cursor.json")).toContain("// mine");
    expect((await stat(join(cwd, "dotfiles/cursor.json"))).mode & 0o777).toBe(0o640);
    await writeFile(join(cwd, "dotfiles/cursor.json"), await readFile(backup));
    expect(await read(".cursor/mcp.json")).toBe(text);
  });

  test("--dry-run, --worker, --project, --name", async () => {
    const args = [
      "connect",
      "vscode",
      "--project",
      "--worker",
      "database",
      "--name",
      "db",
      ...endpoint,
    ];
    const shown = await run([...args, "--dry-run"]);
    expect(JSON.parse(shown.stdout)).toEqual({
      servers: { db: { type: "http", url: "http://127.0.0.1:9999/mcp/database" } },
    });
    expect(await readdir(cwd)).toEqual([]);
    await run(args);
    expect(await readdir(join(cwd, ".vscode"))).toEqual(["mcp.json"]);
  });

  test("a broken file is left alone; an unknown client is guessed", async () => {
    await write(".cursor/mcp.json", '{"mcpServers": ');
    expect(await run(["connect", "cursor", ...endpoint])).toMatchObject({ code: 2 });
    expect(await read(".cursor/mcp.json")).toBe('{"mcpServers": ');
    expect((await run(["connect", "curser"])).stderr).toContain('Did you mean "cursor"?');
    expect((await run(["connect", "windsurf", "--project"])).stderr).toContain(
      "no configuration per project",
    );
  });

  test.each([
    ["darwin", "Library/Application Support/Claude/claude_desktop_config.json"],
    ["win32", "AppData/Roaming/Claude/claude_desktop_config.json"],
    ["linux", ".config/Claude/claude_desktop_config.json"],
  ] as const)("on %s the file is where the client looks", async (platform, file) => {
    await run(["connect", "claude-desktop", ...endpoint], { platform });
    expect(await read(file)).toContain("9999");
  });
});

describe("import", () => {
  const CURSOR = `{"mcpServers": {
    "files": {"command": "npx", "args": ["-y", "fs"], "env": {"TOKEN": "hush-hush"}},
    "flotilla": {"url": "http://127.0.0.1:7420/mcp"}
  }}`;
  const CODE = `{"mcpServers": {
    "files": {"command": "other"},
    "web": {"type": "http", "url": "https://h.example/mcp", "headers": {"X-Key": "k"}}
  }}`;
  beforeEach(async () => {
    await write(".cursor/mcp.json", CURSOR);
    await write(".claude.json", CODE);
  });

  test("lists what is there, without this fleet and without secrets, and writes nothing", async () => {
    const { code, stdout } = await run(["import"]);
    expect(code).toBe(0);
    expect(stdout).toContain("npx -y fs");
    expect(stdout).not.toContain("hush-hush");
    expect(stdout).not.toContain("7420");
    await expect(read("flotilla.yaml")).rejects.toThrow();
  });

  test("takes over one client; a second time nothing changes", async () => {
    const first = await run(["import", "cursor"]);
    expect(first.stdout).toContain("+ files");
    expect(first.stdout).toContain("files: TOKEN");
    expect(first.stdout).not.toContain("hush-hush");
    expect((await workers())["files"]).toMatchObject({
      args: ["-y", "fs"],
      env: { TOKEN: "hush-hush" },
    });
    expect((await run(["import", "cursor"])).stdout).toContain("= files is there already");
  });

  test("of two that differ the first wins, the other is reported, exit code 1", async () => {
    const { code, stdout } = await run(["import", "--all"]);
    expect(code).toBe(1);
    expect(stdout).toContain("files (cursor) differs");
    expect((await workers())["files"]).toMatchObject({ command: "other" });
    expect((await workers())["web"]).toMatchObject({
      url: "https://h.example/mcp",
      transport: "streamable-http",
    });
  });

  test("--placeholders keeps secrets out; --server chooses; --dry-run only shows", async () => {
    await run(["import", "cursor", "--placeholders"]);
    expect(await read("flotilla.yaml")).toContain("TOKEN: ${TOKEN}");
    expect((await workers({ TOKEN: "t" }))["files"]).toMatchObject({ env: { TOKEN: "t" } });
    const shown = await run(["import", "--server", "web", "--dry-run"]);
    expect(shown.stdout).toContain("https://h.example/mcp");
    expect(await read("flotilla.yaml")).not.toContain("h.example");
    expect((await run(["import", "--server", "wep"])).stderr).toContain('Did you mean "web"?');
  });

  test("a file that cannot be read is a note; the others are listed", async () => {
    await write(".codeium/windsurf/mcp_config.json", "{");
    const { code, stdout } = await run(["import"]);
    expect(code).toBe(0);
    expect(stdout).toContain("not valid JSON");
    expect(stdout).toContain("h.example");
  });

  test("--file reads any client's file", async () => {
    await write("team.json", '{"servers": {"x": {"command": "y"}}}');
    await run(["import", "--file", "team.json"]);
    expect((await workers())["x"]).toMatchObject({ command: "y" });
  });
});
