/** The caller's files as a tree on disk that knip can read, with nothing of them that leads out of it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InputProblem } from "flotilla/worker/review";
import { stubsFor } from "./stubs.ts";

/** Deep, so that imports from above a partial tree end in the empty folders around it. */
const DEPTH = "a/b/c/d/e/f/g/h/i/j";
const MAX_PATH = 300;

/** A folder for trees; each gets one of its own below. */
export async function createBase(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "flotilla-code-dead-")));
}

/** `root` is where the files are, deep in `tree`. Rejects with `InputProblem` for names that are no plain relative paths. */
export async function writeTree(
  base: string,
  files: readonly (readonly [path: string, text: string])[],
): Promise<{ tree: string; root: string }> {
  const tree = await mkdtemp(join(base, "tree-"));
  const root = join(tree, DEPTH);
  try {
    await mkdir(root, { recursive: true });
    const all = [...stubsFor(files), ...files.filter(([path]) => !isInstalled(path))];
    for (const [path, text] of all) await put(root, path, text);
  } catch (error) {
    await removeTree(tree);
    throw error;
  }
  return { tree, root };
}

async function put(root: string, path: string, text: string): Promise<void> {
  if (!isPlain(path))
    throw new InputProblem(`"${path.slice(0, 100)}" is no plain relative path.`, {
      hint: "Name files as below the root of the project: src/index.ts.",
    });
  const target = join(root, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, inside(text), { flag: "wx" });
  } catch {
    throw new InputProblem(`"${path}" is both a file and a folder, or there twice.`);
  }
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 2 });
}

function isPlain(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- those are what must not be in a name
  const isOdd = /[\0-\x1f\\:]|^\/|^$|\/$|\/\//.test(path) || path.length > MAX_PATH;
  return (
    !isOdd && path.split("/").every((part) => part !== ".." && part !== "." && part.length < 200)
  );
}

function isInstalled(path: string): boolean {
  return /(?:^|\/)(?:node_modules|\.git)\//.test(path);
}

/** Absolute imports, and those from far above, would be looked for on this machine: they lead nowhere instead. */
const OUTSIDE = /(\b(?:from|import|require)\b[\s(]{0,10}["'`])(?:\/.|(?:\.\.\/){8,500})/g;
export const NOWHERE = ".-";

function inside(text: string): string {
  return text.replaceAll(OUTSIDE, (all, before: string) =>
    `${before}${NOWHERE}`.padEnd(all.length, "-"),
  );
}
