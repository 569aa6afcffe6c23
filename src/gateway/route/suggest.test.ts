import { expect, test } from "vitest";
import { didYouMean, nearNames } from "./suggest.ts";

test("finds slips of the finger and names without their prefix, nearest first", () => {
  const names = ["acme_search", "acme_searches", "other", "fs_read_file"];
  expect(nearNames("acme_serch", names)).toEqual(["acme_search", "acme_searches"]);
  expect(nearNames("read_file", names)).toEqual(["fs_read_file"]);
  expect(didYouMean("READ_FILE", names)).toBe("Did you mean fs_read_file?");
});

test("says nothing rather than nonsense", () => {
  expect(didYouMean("quux", ["acme_search"])).toBeUndefined();
  expect(nearNames("x".repeat(5_000), ["x".repeat(5_001)])).toEqual([]);
});
