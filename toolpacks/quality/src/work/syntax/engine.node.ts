/** tree-sitter as WebAssembly, with the grammars that Visual Studio Code ships. */
import { createRequire } from "node:module";
import { Language as Grammar, Parser } from "web-tree-sitter";
import type { Tree } from "web-tree-sitter";
import type { Language } from "./languages.ts";

export interface Syntax {
  /** Parses, hands out the tree, and frees it. Syntax errors are nodes of the tree. */
  withTree<T>(language: Language, text: string, use: (tree: Tree) => T): Promise<T>;
}

export async function createSyntax(): Promise<Syntax> {
  await Parser.init();
  const { resolve } = createRequire(import.meta.url);
  const parsers = new Map<Language, Promise<Parser>>();
  const load = async (language: Language): Promise<Parser> => {
    const file = resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${language}.wasm`);
    return new Parser().setLanguage(await Grammar.load(file));
  };
  return {
    async withTree(language, text, use) {
      const known = parsers.get(language) ?? load(language);
      parsers.set(language, known);
      const tree = (await known).parse(text);
      if (tree === null) throw new Error(`No tree for ${language}.`);
      try {
        return use(tree);
      } finally {
        tree.delete();
      }
    },
  };
}
