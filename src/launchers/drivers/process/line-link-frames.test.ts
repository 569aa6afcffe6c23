import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { FRAME, FRAMES_LINE, frameHeader } from "../../../protocol/frames.ts";
import { createLineLink } from "./line-link.node.ts";

function ends(maxMessageBytes = 1_000) {
  const input = new PassThrough();
  const output = new PassThrough();
  const line = createLineLink({ input, output, maxMessageBytes, onListenerError: () => {} });
  return { input, output, line };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const frame = (kind: 1 | 2 | 3, id: number, text: string): Buffer =>
  Buffer.concat([
    Buffer.from(frameHeader(kind, Buffer.byteLength(text), id), "latin1"),
    Buffer.from(text),
  ]);

test("speaks lines until the drone offers frames, then frames, and loses nothing between", async () => {
  const { input, output, line } = ends();
  const sent: Buffer[] = [];
  output.on("data", (chunk: Buffer) => sent.push(chunk));
  void line.link.send('{"n":1}');
  await settled();
  void line.link.send('{"n":2}');
  input.write(`${FRAMES_LINE}\n`);
  await settled();
  void line.link.send('{"text":"größer"}');
  await settled();
  const expected = Buffer.concat([
    Buffer.from('{"n":1}\n{"n":2}\n'),
    frame(FRAME.message, 0, '{"text":"größer"}'),
  ]);
  await settled();
  expect(Buffer.concat(sent)).toEqual(expected);
});

test("hears lines, messages and results of a drone that offered", async () => {
  const { input, line } = ends();
  const heard: unknown[] = [];
  line.link.onMessage((text) => heard.push(text));
  line.link.onResult?.((...result) => heard.push(result));
  input.write(`${FRAMES_LINE}\n`);
  await settled();
  input.write('{"late":"line"}\n');
  input.write(frame(FRAME.result, 7, '{"ok":"ü"}').subarray(0, 12));
  await settled();
  input.write(
    Buffer.concat([
      frame(FRAME.result, 7, '{"ok":"ü"}').subarray(12),
      frame(FRAME.failure, 8, "{}"),
      frame(FRAME.message, 0, '{"m":1}'),
    ]),
  );
  await settled();
  expect(heard).toEqual(['{"late":"line"}', [7, '{"ok":"ü"}', false], [8, "{}", true], '{"m":1}']);
});

test("a frame over the limit ends the link as a line does, before it is held", async () => {
  const { input, line } = ends(32 * 1_024);
  input.write(`${FRAMES_LINE}\n`);
  await settled();
  input.write(Buffer.from(frameHeader(FRAME.result, 0xffff_ffff, 1), "latin1"));
  expect((await line.link.closed).reason).toBe("sent a message of more than 32 KB");
});
