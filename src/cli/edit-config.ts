/** Changes flotilla.yaml by its syntax tree, so that comments, order and spacing stay the author's. */
import { readFile, rename, stat, writeFile, realpath, chmod } from "node:fs/promises";
import { basename, join, relative, dirname } from "node:path";
import { Document, isMap, isNode, parseDocument } from "yaml";
import { FlotillaError } from "../protocol/index.ts";
import { findConfiguration, packageRoot, type LoadOptions } from "./config/index.ts";

export type Entry = Record<string, unknown>;

export interface Editable {
  file: string;
  /** False: nothing is there yet; saving creates it. */
  exists: boolean;
  has(worker: string): boolean;
  get(worker: string): unknown;
  set(worker: string, entry: Entry): void;
  text(): string;
  save(): Promise<void>;
}

/** The configuration in use, or the flotilla.yaml that there could be. JSON files are not edited: they have no comments to keep, and no form to add to. */
export async function openConfiguration(
  where: Pick<LoadOptions, "path" | "env" | "cwd">,
): Promise<Editable> {
  const file = (await findConfiguration(where)) ?? join(where.cwd, "flotilla.yaml");
  if (!/\.ya?ml$/i.test(file)) {
    throw new FlotillaError("bad_request", `${basename(file)} is not YAML and is not edited.`, {
      hint: "Move it to flotilla.yaml (YAML reads JSON), or edit it by hand.",
    });
  }
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new FlotillaError("config_invalid", `${file} cannot be read (${error.code ?? "?"}).`);
  });
  return editable(file, text);
}

function editable(file: string, before: string | undefined): Editable {
  const document: Document = parseDocument(before ?? starter(file), {
    merge: true,
    stringKeys: true,
  });
  if (document.errors.length > 0) {
    throw new FlotillaError("config_invalid", `${basename(file)} is not valid YAML.`, {
      hint: "Run `flotilla validate` to see where.",
    });
  }
  if (document.contents === null || !isMap(document.contents)) {
    // A file of comments only: they stay in front.
    document.contents = document.createNode({});
  }
  const toText = (): string => document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return {
    file,
    exists: before !== undefined,
    has: (worker) => document.hasIn(["workers", worker]),
    get(worker) {
      const node: unknown = document.getIn(["workers", worker], true);
      return isNode(node) ? node.toJS(document, { maxAliasCount: 100 }) : undefined;
    },
    set(worker, entry) {
      if (!isMap(document.get("workers", true))) document.set("workers", document.createNode({}));
      const workers = document.get("workers", true);
      // `workers: {}` grows line by line, as a person would write it.
      if (isMap(workers)) workers.flow = false;
      document.setIn(["workers", worker], document.createNode(entry));
    },
    text: toText,
    save: () => writeAtomically(file, toText()),
  };
}

/** Where editors find the schema from a file in `folder`: beside the project's own copy, or where this one is installed. */
export function schemaComment(folder: string): string {
  const schema = join(packageRoot(), "schema", "flotilla.schema.json");
  const way = relative(folder, schema);
  const path = way.startsWith("..") ? schema : `./${way.replaceAll("\\", "/")}`;
  return `# yaml-language-server: $schema=${path}`;
}

function starter(file: string): string {
  return `${schemaComment(dirname(file))}\nworkers: {}\n`;
}

/** A reader sees the old file or the new one, never half of either. Links and access rights stay as they were. */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const kept = (await stat(file).catch(() => undefined))?.mode;
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  await writeFile(temporary, text, { mode: kept ?? mode, flag: "w" });
  if (kept !== undefined) await chmod(temporary, kept);
  await rename(temporary, file);
}
