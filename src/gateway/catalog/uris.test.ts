import { expect, test } from "vitest";
import { literalLength, matchesTemplate } from "./uris.ts";

test.each([
  ["a://b/{id}/data", "a://b/7/data", true],
  ["a://b/{id}/data", "a://b/data", false],
  ["a://b/{id}", "a://c/7", false],
  ["a://{x}/m/{y}", "a://1/m/2", true],
  ["a://{x}/m/{y}", "a://1/n/2", false],
  ["a://fixed", "a://fixed", true],
  ["a://fixed", "a://fixed2", false],
  ["file:///{+path}", "file:///a/b/c", true],
])("%s and %s: %s", (template, uri, isMatch) => {
  expect(matchesTemplate(template, uri)).toBe(isMatch);
});

test("a hostile template is matched in linear time", () => {
  const template = `a${"{x}a".repeat(10_000)}b`;
  expect(matchesTemplate(template, "a".repeat(20_000))).toBe(false);
  expect(literalLength("a{x}b")).toBe(2);
});
