import { describe, expect, it } from "vitest";
import { WholeBody } from "../whole-body.ts";
import { createShape } from "./shape.ts";

const answer = (headers: Record<string, string>) => ({
  status: 200,
  headers,
  body: new WholeBody(""),
});
const plain = answer({ "content-length": "3", "content-type": "application/json" });

describe("shape of an address", () => {
  it("is unknown until it has answered plainly", () => {
    const shape = createShape();
    expect(shape.isPlain()).toBe(false);
    shape.saw(plain);
    expect(shape.isPlain()).toBe(true);
  });

  it.each([
    { "transfer-encoding": "chunked" },
    { "content-length": "3", "content-encoding": "gzip" },
    { "content-length": "3", "content-type": "text/event-stream" },
    {},
  ])("is not shown by %j", (headers) => {
    const shape = createShape();
    shape.saw(answer(headers));
    expect(shape.isPlain()).toBe(false);
  });

  it("has to be shown for longer after each surprise", () => {
    const shape = createShape();
    for (const needed of [1, 4, 16]) {
      for (let shown = 0; shown < needed; shown += 1) {
        expect(shape.isPlain()).toBe(false);
        shape.saw(plain);
      }
      expect(shape.isPlain()).toBe(true);
      shape.surprised();
    }
  });
});
