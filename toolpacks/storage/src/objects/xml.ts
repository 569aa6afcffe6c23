/** Lists as S3 and Azure write them, as a tree of texts. */
import { SaxesParser } from "saxes";

export interface Tree {
  readonly name: string;
  readonly children: Tree[];
  text: string;
}

/** An answer is bounded before; entities of a document's own are unknown to the parser. Throws on what is no XML. */
export function readXml(text: string): Tree {
  const root: Tree = { name: "", children: [], text: "" };
  const open: Tree[] = [root];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name }) => {
    const made: Tree = { name, children: [], text: "" };
    open.at(-1)?.children.push(made);
    open.push(made);
  });
  parser.on("text", (piece) => {
    const at = open.at(-1);
    if (at !== undefined) at.text += piece;
  });
  parser.on("closetag", () => void open.pop());
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(text.replace(/^\uFEFF/, "")).close();
  return root;
}

export function children(tree: Tree | undefined, name: string): Tree[] {
  return tree?.children.filter((one) => one.name === name) ?? [];
}

export function child(tree: Tree | undefined, name: string): Tree | undefined {
  return children(tree, name)[0];
}

export function textIn(tree: Tree | undefined, name: string): string {
  return child(tree, name)?.text ?? "";
}
