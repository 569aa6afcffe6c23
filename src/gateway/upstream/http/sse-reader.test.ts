import fc from "fast-check";
import { expect, test } from "vitest";
import { readSse } from "./sse-reader.ts";

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  let from = 0;
  for (const cut of [...cuts].toSorted((one, other) => one - other)) {
    yield text.slice(from, cut);
    from = cut;
  }
  yield text.slice(from);
}

async function dataOf(text: string, cuts: readonly number[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of readSse(pieces(text, cuts), 1_000)) seen.push(event.data);
  return seen;
}

test.each(["\n", "\r\n", "\r"])(
  "lines may end with %j, wherever the stream is cut",
  async (end) => {
    const text = ["data: one", "", "id: 7", "data: two", "data: lines", "", ""].join(end);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (cuts) => {
        expect(await dataOf(text, cuts)).toEqual(["one", "two\nlines"]);
      }),
    );
  },
);
