/**
 * Lines and frames on one stream, however it is cut: the same messages, none over the bound, and everything the gateway
 * hands on is JSON.
 */
import {
  createFrameReader,
  FRAME,
  frameHeader,
  FRAMES_LINE,
} from "../../../src/protocol/frames.ts";
import { type FuzzTarget, invariant } from "../target.ts";

const MAX_BYTES = 1_024;
const frame = (kind: 1 | 2 | 3, payload: string, id = 1): string =>
  frameHeader(kind, payload.length, id) + payload;

export const frames: FuzzTarget = {
  name: "frames",
  watch: ["/src/protocol/frames"],
  seeds: [
    `${FRAMES_LINE}\n${frame(FRAME.message, '{"jsonrpc":"2.0","method":"x"}')}`,
    `${frame(FRAME.result, '{"content":[]}', 7)}{"a":1}\n${frame(FRAME.failure, "{}", 9)}`,
    `line\r\n\n${frame(FRAME.message, "")}half a li`,
    frameHeader(FRAME.result, 0x7f, 1),
  ],
  dictionary: ["\n", "\u0001", "\u0002", "\u0003", "\u0000\u0000\u0000\u0001", FRAMES_LINE],
  start: () =>
    Promise.resolve({
      async run(input) {
        const whole = read(input, input.length || 1);
        invariant(read(input, 1) === whole, "byte by byte it reads differently");
        invariant(read(input, 11) === whole, "in pieces it reads differently");
      },
      close: () => Promise.resolve(),
    }),
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function read(input: Uint8Array, size: number): string {
  const seen: string[] = [];
  let line = "";
  let isOver = false;
  const reader = createFrameReader({
    maxBytes: MAX_BYTES,
    onFrame(kind, id, payload) {
      invariant(!isOver, "a frame after the end");
      invariant(payload.length <= MAX_BYTES, "a frame over the bound");
      seen.push(`frame ${kind} ${id} ${text(payload)}`);
    },
    onLinePart(part) {
      invariant(!isOver, "a line after the end");
      line += text(part);
      if (!line.endsWith("\n")) return;
      seen.push(`line ${line}`);
      line = "";
    },
    onOverlong() {
      isOver = true;
      seen.push("overlong");
    },
  });
  for (let at = 0; at < input.length; at += size) reader.push(input.subarray(at, at + size));
  return JSON.stringify([seen, line]);
}
