/** A new worker's files: those of `examples/worker`, under its own name. What is scaffolded is what is tested there. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { FlotillaError, isWorkerName } from "../../protocol/index.ts";
import { packageRoot } from "../config/index.ts";

/** The name that the example has, wherever it says it. */
const EXAMPLE_NAME = /\bhello\b/g;
/** Names that npm would leave out of a package are kept without their dot. */
const DOTTED = new Set(["dockerignore", "gitignore"]);

export interface Scaffold {
  name: string;
  folder: string;
  /** The version of Flotilla to depend on, as npm takes it. */
  flotilla: string;
}

/** Writes the files and returns their names. Refuses a folder that has something in it. */
export async function writeWorker({ name, folder, flotilla }: Scaffold): Promise<string[]> {
  if (!isWorkerName(name)) {
    throw new FlotillaError("bad_request", `"${name}" is no worker name.`, {
      hint: "Use a-z, 0-9 and -, at most 63 characters.",
    });
  }
  await refuseFull(folder);
  const source = join(packageRoot(), "examples/worker");
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = new Map([["package.json", manifest(name, flotilla)]]);
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = relative(source, join(entry.parentPath, entry.name));
    const text = await readFile(join(source, path), "utf8");
    files.set(DOTTED.has(path) ? `.${path}` : path, text.replaceAll(EXAMPLE_NAME, name));
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: "wx" });
  }
  return [...files.keys()].toSorted();
}

async function refuseFull(folder: string): Promise<void> {
  const there = await readdir(folder).catch(() => []);
  if (there.length === 0) return;
  throw new FlotillaError("bad_request", `${folder} is not empty.`, {
    hint: "Choose another name, or --dir.",
  });
}

function manifest(name: string, flotilla: string): string {
  const content = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: ">=24" },
    scripts: {
      start: "node src/main.ts",
      test: "node --test",
      build: "tsc",
    },
    dependencies: { flotilla },
    devDependencies: { "@types/node": "^24.0.0", typescript: "^5.9.0 || ^6.0.0 || ^7.0.0" },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
