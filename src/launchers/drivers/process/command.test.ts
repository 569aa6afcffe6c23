import { describe, expect, test } from "vitest";
import { resolveCommand, type CommandSearch } from "./command.node.ts";

function search(
  platform: string,
  files: readonly string[],
  env: Record<string, string>,
): CommandSearch {
  return {
    platform,
    env,
    cwd: platform === "win32" ? "C:\\work" : "/srv/worker",
    isProgram: async (path) => files.includes(path),
  };
}

describe("finding a command", () => {
  test("looks through PATH in order and passes empty entries over", async () => {
    const posix = search("linux", ["/b/npx", "/c/npx", "/srv/worker/npx"], { PATH: ":/a:/b:/c" });
    expect(await resolveCommand("npx", posix)).toEqual({ file: "/b/npx", before: [] });
  });

  test("takes a path from the worker's own folder", async () => {
    const posix = search("linux", ["/srv/worker/bin/run"], { PATH: "/a" });
    expect((await resolveCommand("./bin/run", posix)).file).toBe("/srv/worker/bin/run");
  });

  test("says what to do when there is none, without a single argument", async () => {
    const posix = search("linux", [], { PATH: "/a" });
    await expect(resolveCommand("uvx", posix)).rejects.toMatchObject({
      code: "launcher_denied",
      hint: expect.stringContaining('Install "uvx"'),
    });
  });

  test("on Windows tries PATHEXT and finds Path however it is spelled", async () => {
    const env = { Path: "C:\\a;C:\\b", PATHEXT: ".EXE;.CMD" };
    const windows = search("win32", ["C:\\b\\python.exe"], env);
    expect(await resolveCommand("python", windows)).toEqual({
      file: "C:\\b\\python.exe",
      before: [],
    });
  });

  test("on Windows runs npx by its script, never through a shell", async () => {
    const script = "C:\\n\\node_modules\\npm\\bin\\npx-cli.js";
    const files = ["C:\\n\\npx.cmd", "C:\\n\\node.exe", script];
    const windows = search("win32", files, { PATH: "C:\\n" });
    expect(await resolveCommand("npx", windows)).toEqual({
      file: "C:\\n\\node.exe",
      before: [script],
    });
  });

  test("on Windows refuses any other batch file", async () => {
    const windows = search("win32", ["C:\\n\\tool.cmd"], { PATH: "C:\\n" });
    await expect(resolveCommand("tool", windows)).rejects.toMatchObject({
      code: "launcher_denied",
    });
  });
});
