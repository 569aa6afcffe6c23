import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLineSplitter } from "./lines.node.ts";

/** Cuts `bytes` at the given places. */
function chunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  places.sort((left, right) => left - right);
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}

function split(pieces: readonly Buffer[], maxBytes: number, overlong: "cut" | "stop"): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter({
    maxBytes,
    onLine: (text) => lines.push(text),
    onOverlong: overlong === "cut" ? "cut" : () => lines.push("<stopped>"),
  });
  for (const piece of pieces) splitter.push(piece);
  splitter.finish();
  return lines;
}

describe("line splitter", () => {
  test("gives the same lines however the stream is cut, inside characters too", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((s) => s.replaceAll(/[\r\n]/g, "·"));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
        const pieces = chunks(Buffer.from(lines.join("\n")), cuts);
        expect(split(pieces, 1_000, "stop")).toEqual(lines.filter((text) => text !== ""));
      }),
    );
  });

  test("never hands out more than its bound, and goes on after a cut line", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), fc.array(fc.nat()), (lengths, cuts) => {
        const lines = lengths.map((length) => "x".repeat(length));
        const pieces = chunks(Buffer.from(lines.map((text) => `${text}\n`).join("")), cuts);
        const expected = lines.filter((text) => text !== "").map((text) => text.slice(0, 30));
        expect(split(pieces, 30, "cut")).toEqual(expected);
      }),
    );
  });

  test("stops for good at a line beyond its bound, whether its end came or not", () => {
    for (const tail of ["\nmore\n", "y".repeat(100)]) {
      const pieces = [
        Buffer.from("good\n"),
        Buffer.from("x".repeat(31) + tail),
        Buffer.from("z\n"),
      ];
      expect(split(pieces, 30, "stop")).toEqual(["good", "<stopped>"]);
    }
    expect(split([Buffer.from(`${"x".repeat(30)}\n`)], 30, "stop")).toEqual(["x".repeat(30)]);
  });

  test("takes off what Windows puts before the newline, and keeps any other return", () => {
    expect(split([Buffer.from("a\r\nb\rc\r"), Buffer.from("\n\r\n\n")], 30, "stop")).toEqual([
      "a",
      "b\rc",
    ]);
  });
});
