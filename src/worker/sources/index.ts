/**
 * Texts a tool works on: `content`, `files`, or a `path` below the folders that the operator allowed
 * (FLOTILLA_WORKSPACE). Paths need Node; texts work everywhere.
 */
import { InputProblem } from "../review/input-problem.ts";
import type { SourceInput, SourceLimits } from "./contract.ts";

export type { SourceInput, SourceLimits } from "./contract.ts";

/** Not a literal in the import below: neutral code must load where there is no Node. */
const WORKSPACE: string = "./workspace.node.ts";

interface Workspace {
  inWorkspace(path: string): Promise<string>;
  readWorkspace(path: string, limits: SourceLimits): Promise<Record<string, string>>;
  readBytes(path: string, maxBytes: number): Promise<Uint8Array>;
}

export interface SourceWords {
  /** What `content` is: "A Dockerfile." Absent: the tool takes no single text. */
  content?: string;
  /** What `files` are: "Python files by relative path." Absent: the tool takes one text only. */
  files?: string;
  /** What may lie at `path`. */
  path: string;
}

/** The properties of an input schema that `readSources` understands. */
export function sourceProperties(
  words: SourceWords,
  limits: Pick<SourceLimits, "maxFiles" | "maxFileBytes">,
): Record<string, unknown> {
  const text = { type: "string", maxLength: limits.maxFileBytes };
  return {
    ...(words.content === undefined ? {} : { content: { ...text, description: words.content } }),
    ...(words.files === undefined
      ? {}
      : {
          files: {
            type: "object",
            description: words.files,
            additionalProperties: text,
            minProperties: 1,
            maxProperties: limits.maxFiles,
          },
        }),
    path: {
      type: "string",
      minLength: 1,
      maxLength: 1_000,
      description: `Instead: a path in the workspace that the operator allowed. ${words.path}`,
    },
  };
}

/**
 * The texts by name. Rejects with `InputProblem` unless exactly one of the three was given, and for paths that are not
 * allowed, not there or too large.
 */
export async function readSources(
  { content, files, path }: SourceInput,
  limits: SourceLimits,
): Promise<Record<string, string>> {
  const given = [content, files, path].filter((one) => one !== undefined).length;
  if (given !== 1) {
    throw new InputProblem(
      given === 0 ? "There is nothing to read." : "Give only one of content, files and path.",
      { hint: "Pass content, files or path." },
    );
  }
  if (path !== undefined) return (await workspace()).readWorkspace(path, limits);
  const found = files ?? { [limits.contentName]: content ?? "" };
  const total = Object.values(found).reduce((sum, text) => sum + text.length, 0);
  if (total > limits.maxTotalBytes) {
    throw new InputProblem(`The files have ${total} characters; at most ${limits.maxTotalBytes}.`);
  }
  return found;
}

/** One file of the workspace as bytes. Rejects with `InputProblem`. */
export async function readSourceBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  return (await workspace()).readBytes(path, maxBytes);
}

/** The real path of something in the workspace, for tools that must open it themselves. Rejects with `InputProblem`. */
export async function resolveInWorkspace(path: string): Promise<string> {
  return (await workspace()).inWorkspace(path);
}

async function workspace(): Promise<Workspace> {
  try {
    const loaded: Workspace = await import(WORKSPACE);
    return loaded;
  } catch {
    throw new InputProblem("Reading by path is not possible here.", {
      hint: "Pass the text itself.",
    });
  }
}
