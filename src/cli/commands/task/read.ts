/** Files that say what a task is made of. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isRecord, type BatchStep } from "../../../protocol/index.ts";
import { usage } from "../../client/arguments.ts";
import type { Host } from "../../host.ts";

/** As much as the fleet takes in one request. */
const MAX_BYTES = 32 * 1024 * 1024;

/** One JSON object a line, or one list of them. */
export async function readLines(host: Host, from: string): Promise<Record<string, unknown>[]> {
  const text = (await readAll(host, from)).trim();
  if (text.startsWith("[")) {
    const list = parse(text, from);
    if (Array.isArray(list))
      return list.map((value, index) => objectOf(value, `entry ${index + 1}`));
  }
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), no: index + 1 }));
  return lines
    .filter(({ line }) => line !== "")
    .map(({ line, no }) => objectOf(parse(line, `${from}, line ${no}`), `${from}, line ${no}`));
}

/** The coordinator checks them; its message says which step is wrong. */
export async function readSteps(host: Host, from: string): Promise<BatchStep[]> {
  const steps = parse(await readAll(host, from), from);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (Array.isArray(steps)) return steps as BatchStep[];
  throw usage(`${from} is no list of steps`, 'Write [{"id": "a", "tool": "TOOL"}, …].');
}

async function readAll({ io }: Host, from: string): Promise<string> {
  if (from !== "-") {
    const path = resolve(io.cwd, from);
    try {
      if ((await stat(path)).size > MAX_BYTES) throw tooLarge(from);
      return await readFile(path, "utf8");
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
      throw usage(`there is no file ${from}`, "Check the path; - reads stdin.");
    }
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of io.stdin) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw tooLarge("stdin");
  }
  return text + decoder.decode();
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usage(
      `${where} is not JSON`,
      'Each line is one call\'s arguments, as {"name": "value"}.',
    );
  }
}

function objectOf(value: unknown, where: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw usage(
    `${where} is no JSON object`,
    'Each line is one call\'s arguments, as {"name": "value"}.',
  );
}

const tooLarge = (what: string): Error =>
  usage(`${what} is larger than ${MAX_BYTES} bytes`, "Make it several tasks.");
