import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsPattern, isChosen } from "./patterns.ts";

test("a star is any run of characters, and nothing else is special", () => {
  expect(fitsPattern("github_*", "github_create_issue")).toBe(true);
  expect(fitsPattern("github_*", "gitlab_create_issue")).toBe(false);
  expect(fitsPattern("*_list_*", "github_list_issues")).toBe(true);
  expect(fitsPattern("a.c", "abc")).toBe(false);
  expect(fitsPattern("ab*ba", "aba")).toBe(false);
  expect(fitsPattern("*", "")).toBe(true);
  expect(fitsPattern("a*b*c", "a-c-b-c")).toBe(true);
});

test("agrees with the regular expression of the same meaning", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 12 });
  const plain = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
  fc.assert(
    fc.property(text, plain, (pattern, name) => {
      const source = pattern.replaceAll(".", String.raw`\.`).replaceAll("*", ".*");
      expect(fitsPattern(pattern, name)).toBe(new RegExp(`^${source}$`, "s").test(name));
    }),
  );
});

test("what is taken out stays out, wherever it stands", () => {
  expect(isChosen(["!*_delete_*", "github_*"], "github_get_issue")).toBe(true);
  expect(isChosen(["!*_delete_*", "github_*"], "github_delete_repo")).toBe(false);
  expect(isChosen(["!x"], "y")).toBe(false);
});
