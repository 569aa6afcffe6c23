/** A type checker that keeps its state between calls. */
export interface TypeChecker {
  /** Diagnostics by file. Rejects when cancelled, or when the checker ran out of memory. */
  check(request: CheckRequest, signal: AbortSignal): Promise<Record<string, PyrightDiagnostic[]>>;
  /** Ends it now. It comes again with the next call. */
  close(): Promise<void>;
}

export interface CheckRequest {
  /** Relative paths without `..`. */
  files: Record<string, string>;
  /** What pyrightconfig.json says. Another configuration starts another checker. */
  config: Record<string, unknown>;
}

/** As the Language Server Protocol says it: lines and characters from 0, in UTF-16 units. */
export interface PyrightDiagnostic {
  range: { start: Position; end: Position };
  /** 1 error, 2 warning, 3 information, 4 hint. */
  severity?: number;
  code?: string | number;
  message: string;
}
export interface Position {
  line: number;
  character: number;
}

/** Not a literal in the import: neutral code must load where there is no Node. */
const PYRIGHT: string = "./pyright.node.ts";

/** A checker that comes into being with its first call. */
export function createTypeChecker(): TypeChecker {
  let checker: Promise<TypeChecker> | undefined;
  const load = async (): Promise<TypeChecker> => {
    const node: { createPyright(): TypeChecker } = await import(PYRIGHT);
    return node.createPyright();
  };
  return {
    check: async (request, signal) => (await (checker ??= load())).check(request, signal),
    close: async () => (await checker)?.close(),
  };
}
