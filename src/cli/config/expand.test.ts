import fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "./expand.ts";

const variables = { env: { A: "1", EMPTY: "" }, folder: "/w/project", home: "/home/me" };

test.each([
  ["${A}", "1"],
  ["x${A}y${A}", "x1y1"],
  ["${env:A}", "1"],
  ["${B:-two}", "two"],
  ["${EMPTY:-two}", "two"],
  ["${EMPTY}", ""],
  ["${B:-}", ""],
  ["$${A}", "${A}"],
  ["$A costs 5$", "$A costs 5$"],
  ["${workspaceFolder}/x", "/w/project/x"],
  ["${workspaceFolderBasename}", "project"],
  ["${userHome}${/}y", "/home/me/y"],
])("%s → %s", (text, expected) => {
  expect(expand(text, variables)).toEqual({ text: expected, faults: [] });
});

test("what is missing is named, and only named", () => {
  expect(expand("${NOPE}${input:key}${a b}", variables).faults).toEqual([
    { kind: "missing", name: "NOPE" },
    { kind: "input", name: "key" },
    { kind: "syntax", text: "a b" },
  ]);
});

test("a value is never expanded again", () => {
  const env = { A: "${B}", B: "deep" };
  expect(expand("${A}", { ...variables, env }).text).toBe("${B}");
});

test("text without a placeholder stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes("${"));
      return expand(text, variables).text === text;
    }),
  );
});
