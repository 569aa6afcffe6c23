/** A Dockerfile as the tools see it: instructions with offsets, stages, and the shell commands of every RUN. */
import { Copy, DockerfileParser, PropertyInstruction, Run } from "dockerfile-ast";
import type { Dockerfile, Heredoc, Instruction as AstInstruction } from "dockerfile-ast";
import { InputProblem } from "flotilla/worker/review";
import { readShell } from "./shell.ts";
import type { ShellScript } from "./shell.ts";
import { maskShell } from "./mask.ts";

export interface Flag {
  /** Without its dashes. */
  name: string;
  value: string | undefined;
}

export interface Instruction {
  /** In upper case. */
  keyword: string;
  /** From 1. */
  line: number;
  endLine: number;
  /** Offsets into the file, without the line end. */
  start: number;
  end: number;
  /** -1 before the first FROM. */
  stage: number;
  flags: Flag[];
  /** Words, unquoted where quoted; of a JSON form its strings. */
  args: string[];
  /** NAME=VALUE of ENV, LABEL and ARG, unquoted; of an ARG without a value, undefined. */
  pairs: { name: string; value: string | undefined }[];
  /** Everything behind the flags, comments and continuations taken out. */
  text: string;
  /** Offset where `text` starts in the file. */
  textStart: number;
  /** Set when the arguments are a JSON array of strings. */
  json: string[] | undefined;
  /** The commands of RUN, and of CMD, ENTRYPOINT and HEALTHCHECK in shell form. */
  shell: ShellScript | undefined;
  hasHeredoc: boolean;
  /** The instruction below ONBUILD. */
  trigger: string | undefined;
}

export interface Stage {
  index: number;
  from: Instruction;
  /** As written, variables with known defaults filled in. */
  image: string;
  /** As written. */
  rawImage: string;
  name: string | undefined;
  platform: string | undefined;
  /** The earlier stage that this one starts from. */
  base: Stage | undefined;
  instructions: Instruction[];
}

export interface DockerfileModel {
  source: string;
  ast: Dockerfile;
  instructions: Instruction[];
  stages: Stage[];
  comments: { line: number; text: string }[];
  escape: string;
}

const MAX_INSTRUCTIONS = 5_000;
const SHELL_FORMS = new Set(["RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"]);

/** Rejects with `InputProblem` when the text is no Dockerfile at all. */
export function readDockerfile(source: string, file?: string): DockerfileModel {
  const place = file === undefined ? {} : { location: { file } };
  if (source.trim() === "") {
    throw new InputProblem("The Dockerfile is empty.", {
      ...place,
      hint: "Pass its text, starting with FROM.",
    });
  }
  if (source.includes("\0")) {
    throw new InputProblem("This is not text.", { ...place, hint: "Pass a Dockerfile in UTF-8." });
  }
  const ast = DockerfileParser.parse(source);
  const found = ast.getInstructions();
  if (found.length > MAX_INSTRUCTIONS) {
    throw new InputProblem(
      `It has ${found.length} instructions; at most ${MAX_INSTRUCTIONS}.`,
      place,
    );
  }
  const lines = lineStarts(source);
  const escape = ast.getEscapeCharacter();
  const model: DockerfileModel = {
    source,
    ast,
    instructions: [],
    stages: [],
    comments: commentsOf(source),
    escape,
  };
  for (const one of found) addInstruction(model, one, lines);
  return model;
}

/** The library takes a first comment with = for a parser directive; a pragma may be one. */
function commentsOf(source: string): DockerfileModel["comments"] {
  return source.split("\n").flatMap((line, index) => {
    const trimmed = line.trim();
    return trimmed.startsWith("#") ? [{ line: index + 1, text: trimmed.slice(1).trim() }] : [];
  });
}

function addInstruction(model: DockerfileModel, one: AstInstruction, lines: number[]): void {
  const instruction = instructionOf(model, one, lines);
  model.instructions.push(instruction);
  if (instruction.keyword === "FROM") model.stages.push(stageOf(model, instruction));
  instruction.stage = model.stages.length - 1;
  model.stages.at(-1)?.instructions.push(instruction);
}

function instructionOf(
  { source, escape }: DockerfileModel,
  one: AstInstruction,
  lines: number[],
): Instruction {
  const offset = (at: { line: number; character: number }): number =>
    Math.min(source.length, (lines[at.line] ?? source.length) + at.character);
  const range = one.getRange();
  const start = offset(range.start);
  const end = offset(range.end);
  const keyword = one.getKeyword();
  const flags = flagsOf(one);
  const textStart = textStartOf(one, offset) ?? end;
  const heredocs = heredocsOf(one);
  const text = maskShell(source.slice(textStart, end), escape, heredocs.length > 0);
  const json = jsonOf(text);
  const script = heredocs.length > 0 ? heredocScript(heredocs, text, offset) : undefined;
  const from = script ?? { text, start: textStart };
  return {
    keyword,
    line: range.start.line + 1,
    endLine: range.end.line + 1,
    start,
    end,
    stage: -1,
    flags,
    args: json ?? one.getArguments().map((word) => word.getValue()),
    pairs: pairsOf(one),
    text: text.trim(),
    textStart,
    json,
    shell:
      SHELL_FORMS.has(keyword) && json === undefined
        ? readShell(keyword === "HEALTHCHECK" ? blankCmd(from.text) : from.text, from.start)
        : keyword === "RUN" && json !== undefined
          ? readShell(json.map((word) => JSON.stringify(word)).join(" "), textStart)
          : undefined,
    hasHeredoc: heredocs.length > 0,
    trigger: triggerOf(keyword, text),
  };
}

function pairsOf(one: AstInstruction): Instruction["pairs"] {
  if (!(one instanceof PropertyInstruction)) return [];
  return one.getProperties().map((pair) => ({
    name: unquoted(pair.getName()),
    value: pair.getUnescapedValue() ?? pair.getValue() ?? undefined,
  }));
}

function triggerOf(keyword: string, text: string): string | undefined {
  if (keyword !== "ONBUILD") return undefined;
  return /^\s*([A-Za-z]+)/.exec(text)?.[1]?.toUpperCase();
}

const blankCmd = (text: string): string => text.replace(/^(\s*)CMD\b/i, "$1   ");

function flagsOf(one: AstInstruction): Flag[] {
  if (!("getFlags" in one) || typeof one.getFlags !== "function") return [];
  const flags: { getName(): string; getValue(): string | null }[] = one.getFlags();
  return flags.map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? undefined }));
}

function heredocsOf(one: AstInstruction): Heredoc[] {
  return one instanceof Run || one instanceof Copy ? one.getHeredocs() : [];
}

type Offset = (at: { line: number; character: number }) => number;

function textStartOf(one: AstInstruction, offset: Offset): number | undefined {
  const first = one.getArguments()[0];
  if (first !== undefined) return offset(first.getRange().start);
  const range = one.getArgumentsRange();
  return range === null ? undefined : offset(range.start);
}

/** `RUN <<EOF` alone: its body is the script. With a program before it, the body is that program's. */
function heredocScript(
  heredocs: Heredoc[],
  text: string,
  offset: Offset,
): { text: string; start: number } | undefined {
  const first = text.split("\n", 1)[0] ?? "";
  const body = heredocs[0]?.getContentRange();
  if (heredocs.length !== 1 || body === null || body === undefined) return undefined;
  if (!/^<<-?(["']?)\w+\1\s*$/.test(first))
    return { text: first, start: offset(heredocs[0]?.getStartRange().start ?? body.start) };
  const start = offset(body.start);
  const from = text.indexOf("\n") + 1;
  return { text: text.slice(from, from + offset(body.end) - start), start };
}

function jsonOf(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(trimmed);
    if (!Array.isArray(value)) return undefined;
    const words = value.filter((one): one is string => typeof one === "string");
    return words.length === value.length ? words : undefined;
  } catch {
    return undefined;
  }
}

function stageOf(model: DockerfileModel, from: Instruction): Stage {
  const rawImage = from.args[0] ?? "";
  const image = fillIn(model, rawImage);
  const as = from.args[1]?.toUpperCase() === "AS" ? from.args[2] : undefined;
  const lower = image.toLowerCase();
  return {
    index: model.stages.length,
    from,
    image,
    rawImage,
    name: as,
    platform: from.flags.find(({ name }) => name === "platform")?.value,
    base: model.stages.findLast(({ name }) => name?.toLowerCase() === lower),
    instructions: [],
  };
}

/** FROM sees only the ARGs before the first stage, by their defaults. */
function fillIn({ instructions, stages }: DockerfileModel, image: string): string {
  if (!image.includes("$")) return image;
  const first = stages[0]?.from.start ?? Number.POSITIVE_INFINITY;
  const known = new Map<string, string>();
  for (const { keyword, args, start } of instructions) {
    if (keyword !== "ARG" || start > first) continue;
    for (const arg of args) {
      const at = arg.indexOf("=");
      if (at > 0) known.set(arg.slice(0, at), unquoted(arg.slice(at + 1)));
    }
  }
  return image.replace(/\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g, (...found: unknown[]) => {
    const [whole, braced, fallback, bare] = found.map((one) =>
      typeof one === "string" ? one : undefined,
    );
    return known.get(braced ?? bare ?? "") ?? fallback ?? whole ?? "";
  });
}

export function unquoted(text: string): string {
  const quote = text[0];
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)
    ? text.slice(1, -1)
    : text;
}

export function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1))
    starts.push(at + 1);
  return starts;
}

/** The stage and those it starts from, itself first. */
export function ancestry(stage: Stage): Stage[] {
  const found: Stage[] = [];
  for (let one: Stage | undefined = stage; one !== undefined; one = one.base) found.push(one);
  return found;
}
