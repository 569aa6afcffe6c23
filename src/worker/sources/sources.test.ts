import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSourceBytes, readSources } from "./index.ts";

const LIMITS = {
  maxFiles: 3,
  maxFileBytes: 100,
  maxTotalBytes: 150,
  contentName: "input.txt",
  include: (path: string) => path.endsWith(".txt"),
};

describe("sources", () => {
  let root: string;
  let outside: string;
  beforeEach(() => {
    const base = mkdtempSync(join(tmpdir(), "flotilla-sources-"));
    root = join(base, "work");
    outside = join(base, "work-of-others");
    for (const folder of [root, outside, join(root, "deep"), join(root, "node_modules")])
      mkdirSync(folder);
    writeFileSync(join(root, "a.txt"), "a");
    writeFileSync(join(root, "deep/b.txt"), "bé");
    writeFileSync(join(root, "deep/code.js"), "1");
    writeFileSync(join(root, "node_modules/c.txt"), "c");
    writeFileSync(join(outside, "secret.txt"), "secret");
    symlinkSync(outside, join(root, "deep/way-out"));
    symlinkSync(join(outside, "secret.txt"), join(root, "link.txt"));
    vi.stubEnv("FLOTILLA_WORKSPACE", root);
    return () => rmSync(base, { recursive: true });
  });
  afterEach(() => vi.unstubAllEnvs());

  it("are one text, several, one file or a folder's fitting files without links", async () => {
    expect(await readSources({ content: "x" }, LIMITS)).toEqual({ "input.txt": "x" });
    expect(await readSources({ files: { k: "x" } }, LIMITS)).toEqual({ k: "x" });
    expect(await readSources({ path: "deep/b.txt" }, LIMITS)).toEqual({ "b.txt": "bé" });
    expect({ ...(await readSources({ path: "." }, LIMITS)) }).toEqual({
      "a.txt": "a",
      "deep/b.txt": "bé",
    });
    expect(await readSourceBytes(join(root, "a.txt"), 10)).toEqual(Buffer.from("a"));
  });

  it.each([
    "../work-of-others/secret.txt",
    "link.txt",
    "deep/way-out/secret.txt",
    "/etc/passwd",
    "a.txt\0",
    "missing.txt",
  ])("refuse %j, and do not tell whether it is there", async (path) => {
    await expect(readSources({ path }, LIMITS)).rejects.toThrow(/^There is no/);
    await expect(readSourceBytes(path, 100)).rejects.toThrow(/^There is no/);
  });

  it("refuse every path when no workspace was allowed", async () => {
    vi.stubEnv("FLOTILLA_WORKSPACE", "");
    await expect(readSources({ path: "a.txt" }, LIMITS)).rejects.toThrow("not allowed here");
  });

  it("refuse none, two, and too much", async () => {
    await expect(readSources({}, LIMITS)).rejects.toThrow("nothing to read");
    await expect(readSources({ content: "", path: "a.txt" }, LIMITS)).rejects.toThrow("only one");
    const much = { a: "x".repeat(100), b: "x".repeat(100) };
    await expect(readSources({ files: much }, LIMITS)).rejects.toThrow("at most 150");
    writeFileSync(join(root, "a.txt"), "x".repeat(101));
    await expect(readSources({ path: "a.txt" }, LIMITS)).rejects.toThrow("at most 100");
    for (const name of ["1", "2", "3", "4"]) writeFileSync(join(root, `${name}.txt`), "");
    await expect(readSources({ path: "." }, LIMITS)).rejects.toThrow("more than 3 fitting files");
  });
});
