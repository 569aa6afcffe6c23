/** TypeScript's language service over texts in memory. It sees the caller's files and its own libraries, nothing else. */
import { dirname } from "node:path";
import ts from "typescript";

export interface Service {
  /** Replaces all files. */
  open(files: readonly (readonly [path: string, text: string])[]): void;
  /** Asks with one file changed, and puts it back. */
  probe<T>(inner: string, text: string, ask: () => T): T;
  language: ts.LanguageService;
  source(path: string): ts.SourceFile | undefined;
  /** The path inside the service. */
  inside(path: string): string;
  outside(inner: string): string;
}

const ROOT = "/code/";
const OPTIONS: ts.CompilerOptions = {
  allowJs: true,
  checkJs: false,
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2024,
  lib: ["lib.es2024.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  jsx: ts.JsxEmit.Preserve,
  resolveJsonModule: true,
  types: [],
  skipLibCheck: true,
};

export function createService(): Service {
  const files = new Map<string, string>();
  /** Equal texts keep their version from call to call. */
  const versions = new Map<string, string>();
  let version = 0;
  const put = (path: string, text: string): void => {
    if (files.get(path) === text) return;
    files.set(path, text);
    version += 1;
    versions.set(path, String(version));
  };
  const libraries = dirname(ts.getDefaultLibFilePath(OPTIONS));
  const isLibrary = (path: string): boolean => path.startsWith(libraries) && path.endsWith(".d.ts");
  const read = (path: string): string | undefined =>
    files.get(path) ?? (isLibrary(path) ? ts.sys.readFile(path) : undefined);
  const language = ts.createLanguageService(
    {
      getCompilationSettings: () => OPTIONS,
      getScriptFileNames: () => [...files.keys()],
      getScriptVersion: (path) => versions.get(path) ?? "1",
      getScriptSnapshot: (path) => {
        const text = read(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (path) => files.has(path) || (isLibrary(path) && ts.sys.fileExists(path)),
      readFile: read,
      directoryExists: (path) => {
        const folder = path.endsWith("/") ? path : `${path}/`;
        return [...files.keys()].some((one) => one.startsWith(folder));
      },
      getDirectories: () => [],
    },
    ts.createDocumentRegistry(),
  );
  const inside = (path: string): string => `${ROOT}${path}`;
  return {
    language,
    inside,
    outside: (inner) => inner.slice(ROOT.length),
    open(given) {
      const wanted = new Set(given.map(([path]) => inside(path)));
      for (const path of files.keys()) if (!wanted.has(path)) files.delete(path);
      for (const [path, text] of given) put(inside(path), text);
    },
    probe(inner, text, ask) {
      const before = files.get(inner) ?? "";
      put(inner, text);
      try {
        return ask();
      } finally {
        put(inner, before);
      }
    },
    source: (path) => language.getProgram()?.getSourceFile(inside(path)),
  };
}
