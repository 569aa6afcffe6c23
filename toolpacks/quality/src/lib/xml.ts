/** XML as events. No entity but XML's own five is expanded, nothing outside the text is read. */
import { InputProblem } from "flotilla/worker/review";
import { SaxesParser } from "saxes";

export interface XmlElement {
  name: string;
  attribute(name: string): string | undefined;
  /** From 1. */
  line: number;
}
export interface XmlVisitor {
  open(element: XmlElement): void;
  close?(name: string): void;
  text?(text: string): void;
}

const MAX_DEPTH = 100;
/** Reporters write what programs printed; colour codes and the like are not allowed in XML. */
// eslint-disable-next-line no-control-regex -- these are the characters that XML forbids
const FORBIDDEN = /[\0-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{FFFE}\u{FFFF}]/gu;

/** Rejects text that is no well-formed XML with an `InputProblem` that names the place. */
export function visitXml(file: string, text: string, visitor: XmlVisitor): void {
  const parser = new SaxesParser({ fileName: file, xmlns: false });
  let depth = 0;
  const refuse = (message: string): never => {
    const location = { file, line: parser.line, column: parser.columnIndex + 1 };
    throw new InputProblem(message, { location, hint: "Pass the report as the tool wrote it." });
  };
  parser.on("error", (error) => {
    // The parser puts the place in front of what is wrong.
    refuse(`This is no well-formed XML: ${error.message.replace(/^.*?\d+:\d+: /, "")}`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    depth += 1;
    if (depth > MAX_DEPTH) refuse(`The elements nest deeper than ${MAX_DEPTH}.`);
    const attribute = (key: string): string | undefined =>
      Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    visitor.open({ name, attribute, line: parser.line });
  });
  parser.on("closetag", ({ name }) => {
    depth -= 1;
    visitor.close?.(name);
  });
  const { text: hear } = visitor;
  if (hear !== undefined) {
    parser.on("text", hear);
    parser.on("cdata", hear);
  }
  parser.write(text.replaceAll(FORBIDDEN, "")).close();
}
