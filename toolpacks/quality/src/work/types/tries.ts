/** Changes that make code safer and bring no error: each is tried with the compiler before it is offered. */
import type { Service } from "../refactor/service.node.ts";

export interface Edit {
  start: number;
  end: number;
  text: string;
}

export interface Tries {
  /** The text with the edit when it has no more errors than before; undefined else, and when the budget is used up. */
  attempt(path: string, edit: Edit): string | undefined;
}

/** Each asks for all errors of all files. */
const MAX_TRIES = 8;
const MAX_CHARACTERS = 120_000;

export function createTries(
  service: Service,
  files: readonly (readonly [string, string])[],
): Tries {
  const paths = files.map(([path]) => service.inside(path));
  const texts = new Map(files);
  const size = files.reduce((sum, [, text]) => sum + text.length, 0);
  let left = size > MAX_CHARACTERS ? 0 : MAX_TRIES;
  let before: number | undefined;
  /** A file may break another one that uses it. */
  const errors = (): number =>
    paths.reduce((sum, path) => sum + service.language.getSemanticDiagnostics(path).length, 0);
  return {
    attempt(path, { start, end, text }) {
      const old = texts.get(path);
      if (old === undefined || left <= 0) return undefined;
      left -= 1;
      before ??= errors();
      const after = `${old.slice(0, start)}${text}${old.slice(end)}`;
      const now = service.probe(service.inside(path), after, () => errors());
      return now <= before ? after : undefined;
    },
  };
}
