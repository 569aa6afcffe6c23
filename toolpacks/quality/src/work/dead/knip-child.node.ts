/**
 * knip in a process of its own that may read nothing but its own packages and the tree it is asked about. Knip runs the
 * configuration files of other tools to read them; here its loader is replaced, so that nothing of the tree is run.
 */
import { registerHooks } from "node:module";

export interface KnipIssue {
  type: string;
  filePath: string;
  symbol: string;
  line?: number;
  col?: number;
  /** Start, end and kind of text that can go. */
  fixes?: [start: number, end: number, kind: number][];
  symbols?: { symbol: string; line?: number; col?: number }[];
}
export interface KnipResult {
  issues: KnipIssue[];
  processed: number;
  plugins: string[];
}
export type KnipAnswer = { ok: true; value: KnipResult } | { ok: false; message: string };

const LOADER = /\/knip\/dist\/util\/jiti\.js$/;
const EMPTY = "export const jiti = { import: async () => ({}) };\n";

registerHooks({
  load: (url, context, next) =>
    LOADER.test(url) ? { format: "module", shortCircuit: true, source: EMPTY } : next(url, context),
});

/** What is used of knip, whose types tell less. */
interface KnipModule {
  main(options: unknown): Promise<{
    issues: Record<string, Record<string, Record<string, KnipIssue>>>;
    counters: { processed: number };
    enabledPlugins: Record<string, string[]>;
  }>;
}
interface OptionsModule {
  createOptions(given: { cwd: string }): Promise<unknown>;
}

const entry = import.meta.resolve("knip");
const { main }: KnipModule = await import(entry);
const { createOptions }: OptionsModule = await import(
  new URL("util/create-options.js", entry).href
);

async function analyse(cwd: string): Promise<KnipResult> {
  const { issues, counters, enabledPlugins } = await main(await createOptions({ cwd }));
  const found = Object.entries(issues).flatMap(([type, byFile]) =>
    Object.values(byFile)
      .flatMap((bySymbol) => Object.values(bySymbol))
      .map((issue) => ({ ...issue, type })),
  );
  const plugins = Object.values(enabledPlugins).flat();
  return { issues: found, processed: counters.processed, plugins: [...new Set(plugins)] };
}

process.once("disconnect", () => process.exit());
process.on("message", (cwd: string) => {
  analyse(cwd).then(
    (value) => process.send?.({ ok: true, value } satisfies KnipAnswer),
    (error: unknown) => process.send?.({ ok: false, message: String(error) } satisfies KnipAnswer),
  );
});
