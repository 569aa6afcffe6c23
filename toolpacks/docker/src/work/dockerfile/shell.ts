/** The commands of a shell text, each with its place. unbash reads it; it is tolerant, and bounds its own nesting. */
import { forEachChild, parse } from "unbash";
import type { Command, SyntaxNode } from "unbash";

export interface ShellWord {
  /** Quotes removed, nothing expanded. */
  value: string;
  /** Offsets into the file. */
  start: number;
  end: number;
}

export interface ShellCommand {
  /** Without its folder: `/usr/bin/apt-get` is `apt-get`. */
  name: string;
  /** What follows the name. */
  words: ShellWord[];
  start: number;
  end: number;
  /** Offset behind the name. */
  nameEnd: number;
}

export interface ShellScript {
  commands: ShellCommand[];
  /** Command names of each pipe with two or more parts. */
  pipes: string[][];
}

const MAX_COMMANDS = 5_000;
const MAX_DEPTH = 100;

/** `offset` is where the text stands in its file. */
export function readShell(text: string, offset: number): ShellScript {
  const script: ShellScript = { commands: [], pipes: [] };
  visit(parse(text), { script, offset, depth: 0 });
  return script;
}

interface Visit {
  script: ShellScript;
  offset: number;
  depth: number;
}

function visit(node: SyntaxNode, at: Visit): void {
  const { script, offset, depth } = at;
  if (depth > MAX_DEPTH || script.commands.length >= MAX_COMMANDS) return;
  if (node.type === "Command") addCommand(node, script, offset);
  if (node.type === "Pipeline" && node.commands.length > 1) {
    script.pipes.push(node.commands.map((one) => (one.type === "Command" ? pipeName(one) : "")));
  }
  forEachChild(node, (child) => visit(child, { script, offset, depth: depth + 1 }));
}

function addCommand(node: Command, script: ShellScript, offset: number): void {
  if (node.name === undefined) return;
  script.commands.push({
    name: nameOf(node.name.value),
    words: node.args.map((one) => ({
      value: one.type === "Word" ? one.value : one.text,
      start: one.pos + offset,
      end: one.end + offset,
    })),
    start: node.pos + offset,
    end: node.end + offset,
    nameEnd: node.name.end + offset,
  });
}

/** Behind sudo stands the program that is meant. */
function pipeName({ name, args }: Command): string {
  const own = nameOf(name?.value ?? "");
  const [first] = args;
  return own === "sudo" && first?.type === "Word" ? nameOf(first.value) : own;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The words that are no flags. Flags named in `taking` swallow the word behind them. */
export function plainWords(
  words: readonly ShellWord[],
  taking: readonly string[] = [],
): ShellWord[] {
  const found: ShellWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (!word.value.startsWith("-")) found.push(word);
    else if (taking.includes(word.value)) at += 1;
  }
  return found;
}

/** True when one of the flags is there, also as `--flag=value`, and a short one also among others (`-qy`). */
export function hasFlag({ words }: ShellCommand, ...flags: string[]): boolean {
  return words.some(({ value }) =>
    flags.some((flag) =>
      flag.startsWith("--")
        ? value === flag || value.startsWith(`${flag}=`)
        : /^-[a-zA-Z]+$/.test(value) && value.includes(flag.slice(1)),
    ),
  );
}
