/** Biome as WebAssembly: parser, linter and formatter of JavaScript, TypeScript, CSS, JSON, GraphQL and HTML. */
import { createRequire } from "node:module";
import { InputProblem } from "flotilla/worker/review";
import type * as BiomeWasm from "@biomejs/wasm-nodejs";

export type BiomeConfiguration = Parameters<
  BiomeWasm.Workspace["updateSettings"]
>[0]["configuration"];
export type BiomeDiagnostic = BiomeWasm.Diagnostic;

export interface OpenFile {
  workspace: BiomeWasm.Workspace;
  /** What every request about the file names. */
  file: { projectKey: BiomeWasm.ProjectKey; path: string };
  text: string;
}

export interface Biome {
  /** Replaces the settings of the calls that follow. Throws `InputProblem` when Biome does not take them. */
  configure(configuration: BiomeConfiguration): void;
  /** Runs on one opened file. Throws `InputProblem` when the file cannot be read. */
  withFile<T>(path: string, text: string, use: (file: OpenFile) => T): T;
}

interface Loaded {
  workspace: BiomeWasm.Workspace;
  projectKey: BiomeWasm.ProjectKey;
  /** The settings it has, as JSON. */
  configured: string;
}

export function createBiome(): Biome {
  let loaded: Loaded | undefined;
  let configured = "{}";
  const get = (): Loaded => (loaded ??= load());
  /** After a crash its memory cannot be trusted: the next call gets a fresh one. */
  const guarded = <T>(work: (engine: Loaded) => T): T => {
    const engine = get();
    try {
      return work(engine);
    } catch (error) {
      if (!isCrash(error)) throw error;
      loaded = undefined;
      throw new InputProblem("Nested too deeply, or too much for the parser: it was not read.");
    }
  };
  return {
    configure: (configuration) => {
      guarded((engine) => configure(engine, configuration));
      configured = JSON.stringify(configuration);
    },
    withFile: (path, text, use) =>
      guarded((engine) => {
        // A fresh engine in the middle of a batch needs the settings of the one before.
        if (engine.configured !== configured) configure(engine, JSON.parse(configured));
        return withFile(engine, { path, text }, use);
      }),
  };
}

function load(): Loaded {
  const require = createRequire(import.meta.url);
  const name = "@biomejs/wasm-nodejs";
  // The package keeps one instance per load.
  delete require.cache[require.resolve(name)];
  const wasm: typeof BiomeWasm = require(name);
  wasm.main();
  const workspace = new wasm.Workspace();
  const { projectKey } = workspace.openProject({ path: "", openUninitialized: true });
  return { workspace, projectKey, configured: "" };
}

function configure(engine: Loaded, configuration: BiomeConfiguration): void {
  const wanted = JSON.stringify(configuration);
  if (engine.configured === wanted) return;
  try {
    engine.workspace.updateSettings({
      projectKey: engine.projectKey,
      configuration,
      workspaceDirectory: "./",
    });
  } catch (error) {
    if (isCrash(error)) throw error;
    throw new InputProblem(`Biome does not take this configuration: ${reasonOf(error)}.`, {
      hint: "Rules are named group/rule as in Biome's documentation, such as suspicious/noConsole.",
    });
  }
  engine.configured = wanted;
}

function withFile<T>(
  { workspace, projectKey }: Loaded,
  { path, text }: { path: string; text: string },
  use: (file: OpenFile) => T,
): T {
  const file = { projectKey, path };
  workspace.openFile({ ...file, content: { type: "fromClient", content: text, version: 0 } });
  const answer = use({ workspace, file, text });
  workspace.closeFile(file);
  return answer;
}

/** Deep nesting overflows the stack; a mistake inside traps. */
function isCrash(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
