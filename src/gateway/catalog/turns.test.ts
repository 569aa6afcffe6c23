import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("no more run at a time than may, all get their turn in order, a failure holds nobody up", async () => {
  const turns = createTurns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = [0, 1, 2, 3].map((n) =>
    turns(() => {
      begun.push(n);
      return new Promise((resolve, reject) => {
        ends[n] = n === 0 ? () => reject(new Error("broken")) : () => resolve();
      });
    }),
  );
  const settled = Promise.allSettled(works);
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await expect(works[0]).rejects.toThrow("broken");
  expect(begun).toEqual([0, 1, 2]);
  ends[1]?.();
  await works[1];
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect((await settled).map(({ status }) => status)).toEqual([
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
});
