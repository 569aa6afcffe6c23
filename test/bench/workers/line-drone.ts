/** A worker on stdin and stdout, a line a message, as cheap as a program on Node can be. */
import { answerTo } from "./answers.ts";

let held = "";
process.stdin.setEncoding("latin1").on("data", (chunk: string) => {
  const lines = (held + chunk).split("\n");
  held = lines.pop() ?? "";
  let out = "";
  for (const line of lines) {
    const text = line === "" ? "" : answerTo(line);
    if (text !== "") out += `${text}\n`;
  }
  if (out !== "") process.stdout.write(out, "latin1");
});
process.stdin.on("end", () => process.exit(0));
