import fc from "fast-check";
import { expect, test } from "vitest";
import { createFrameReader, FRAME, FRAMES_LINE, frameHeader, type FrameKind } from "./frames.ts";

type Heard = { kind: FrameKind; id: number; text: string } | { line: string } | "overlong";

const utf8 = new TextDecoder();

function heardFrom(chunks: Uint8Array[], maxBytes = 1_000): Heard[] {
  const heard: Heard[] = [];
  let line = "";
  const reader = createFrameReader({
    maxBytes,
    onFrame: (kind, id, payload) => heard.push({ kind, id, text: utf8.decode(payload) }),
    onLinePart(part) {
      line += Buffer.from(part).toString("latin1");
      if (!line.endsWith("\n")) return;
      heard.push({ line: line.slice(0, -1) });
      line = "";
    },
    onOverlong: () => heard.push("overlong"),
  });
  for (const chunk of chunks) reader.push(chunk);
  return heard;
}

function frame(kind: FrameKind, id: number, text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from(frameHeader(kind, payload.length, id), "latin1"), payload]);
}

function cut(stream: Buffer, cuts: number[]): Buffer[] {
  const at = [...new Set(cuts.map((c) => c % (stream.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((from, index) => stream.subarray(from, at[index]));
}

const kinds = fc.constantFrom(FRAME.message, FRAME.result, FRAME.failure);
const item = fc.oneof(
  fc.record({ kind: kinds, id: fc.nat(0xffff_ffff), text: fc.string({ unit: "grapheme" }) }),
  // A line begins with none of the kinds, as JSON does not.
  fc.record({ line: fc.stringMatching(/^[{ ][ -~]{0,40}$/) }),
);

test("lines and frames come out whole and in order, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (items, cuts) => {
        const stream = Buffer.concat(
          items.map((one) =>
            "line" in one
              ? Buffer.from(`${one.line}\n`, "latin1")
              : frame(one.kind, one.id, one.text),
          ),
        );
        expect(heardFrom(cut(stream, cuts))).toEqual(items);
      },
    ),
  );
});

test("no bytes make the reader throw, hold more than its bound, or go on after too much", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 30 }), (chunks) => {
      const heard = heardFrom(chunks, 32);
      const end = heard.indexOf("overlong");
      if (end >= 0) expect(end).toBe(heard.length - 1);
      for (const one of heard)
        if (typeof one === "object" && "text" in one)
          expect(one.text.length).toBeLessThanOrEqual(32);
    }),
  );
});

test("a payload of exactly the bound passes, one byte more ends the reading", () => {
  const text = "x".repeat(32);
  expect(heardFrom([frame(FRAME.result, 7, text)], 32)).toEqual([
    { kind: FRAME.result, id: 7, text },
  ]);
  expect(
    heardFrom([frame(FRAME.result, 7, `${text}x`), frame(FRAME.message, 0, "{}")], 32),
  ).toEqual(["overlong"]);
});

test("the line that offers frames is a JSON-RPC notification nobody else minds", () => {
  expect(JSON.parse(FRAMES_LINE)).toEqual({
    jsonrpc: "2.0",
    method: "notifications/dev.flotilla/frames",
    params: { version: "1" },
  });
});
