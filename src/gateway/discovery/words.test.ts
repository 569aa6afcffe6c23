import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords, synonymsOf, termOf } from "./words.ts";

test("the ways to write a name are the same words", () => {
  const wanted = ["create", "Pull", "Request"];
  expect(splitWords("createPullRequest")).toEqual(wanted);
  expect(splitWords("create_Pull-Request")).toEqual(wanted);
  expect(splitWords("parseHTTPHeader v2")).toEqual(["parse", "HTTP", "Header", "v2"]);
  expect(splitWords("GitHub")).toEqual(["Git", "Hub", "GitHub"]);
});

test("endings and empty words do not count", () => {
  expect(termOf("Issues")).toBe(termOf("issue"));
  expect(termOf("indexes")).toBe(termOf("indexing"));
  expect(termOf("the")).toBeUndefined();
});

test("synonyms go both ways and never lead to the word itself", () => {
  const [one, other] = ["delete", "remove"].map((word) => String(termOf(word)));
  expect(synonymsOf(one ?? "")).toContain(other);
  expect(synonymsOf(other ?? "")).toContain(one);
  expect(synonymsOf(one ?? "")).not.toContain(one);
});

test("any text is split, none takes long or fails", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
      for (const word of splitWords(text)) expect(typeof (termOf(word) ?? "")).toBe("string");
    }),
  );
});
