/**
 * The line drone in frames: what a drone of the fleet's own kit costs when the kit itself costs nothing. It shows what
 * the gateway can do when its drones are not the limit.
 */
import { createFrameReader, FRAME, frameHeader, FRAMES_LINE } from "../../../src/protocol/index.ts";
import { answerTo } from "./answers.ts";

let out = "";
const reader = createFrameReader({
  maxBytes: 16 * 1024 * 1024,
  onLinePart(part) {
    const text = Buffer.from(part).toString("latin1").trim();
    const answer = text === "" ? "" : answerTo(text);
    if (answer !== "") out += `${answer}\n`;
  },
  onFrame(_kind, _id, payload) {
    const answer = answerTo(textOf(payload));
    if (answer === "") return;
    const result = answer.indexOf(',"result":');
    if (result < 0) out += frameHeader(FRAME.message, answer.length) + answer;
    else {
      const text = answer.slice(result + 10, -1);
      const id = Number(answer.slice(answer.indexOf('"id":') + 5, result));
      out += frameHeader(FRAME.result, text.length, id) + text;
    }
  },
  onOverlong: () => process.exit(1),
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

process.stdout.write(`${FRAMES_LINE}\n`);
process.stdin.on("data", (chunk: Buffer) => {
  reader.push(chunk);
  if (out !== "") process.stdout.write(out, "latin1");
  out = "";
});
process.stdin.on("end", () => process.exit(0));
