/** The page of `flotilla --help`: verbs first, by what they are for. Verbs' own pages are commander's. */
import type { Command, Help } from "commander";
import { ENVIRONMENT } from "../config/index.ts";
import { EXIT_HELP } from "../exit.ts";
import type { CliIo } from "../io.ts";
import { paintFor } from "./paint.ts";
import { padEnd } from "./text.ts";

type Row = readonly [term: string, words: string];

/** Wide enough for most terms; a section with a longer one is wider. */
const TERM = 20;

export function createFormatHelp({ stdout, env }: Pick<CliIo, "stdout" | "env">) {
  const paint = paintFor({ isTTY: stdout.isTTY, env, refused: false });
  const section = (title: string, rows: readonly Row[]): string[] => {
    const width = Math.max(TERM, ...rows.map(([term]) => term.length + 2));
    const lines = rows.map(([term, words]) => `  ${padEnd(paint.name(term), width)}${words}`);
    return [paint.bold(title), ...lines, ""];
  };
  return (program: Command, help: Help): string => {
    const verbs = help.visibleCommands(program);
    const groups = [...new Set(verbs.map((verb) => verb.helpGroup()))];
    const options = help.visibleOptions(program);
    const lines = [
      `${paint.bold("Usage:")} flotilla <verb> [options]`,
      "",
      program.description(),
      "",
      ...groups.flatMap((group) => {
        const rows = verbs.filter((verb) => verb.helpGroup() === group);
        return section(
          group,
          rows.map((verb): Row => [verb.name(), verb.summary()]),
        );
      }),
      ...section(
        "Options, before or after a verb:",
        options.map((o): Row => [o.flags, o.description]),
      ),
      ...section(
        "Environment:",
        ENVIRONMENT.map(({ name, meaning }): Row => [name, meaning]),
      ),
      ...section(
        "Exit codes:",
        EXIT_HELP.map(([code, meaning]): Row => [String(code), meaning]),
      ),
    ];
    return lines.join("\n");
  };
}
