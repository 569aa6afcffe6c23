import { expect, it } from "vitest";
import { matchTemplate } from "./uri-template.ts";

it.each([
  ["a://{x}/b", "a://1/b", { x: "1" }],
  ["a://{x}/b", "a://1/2/b", undefined],
  ["a://{+x}", "a://1/2", { x: "1/2" }],
  ["a://{x}", "a://%C3%A9", { x: "é" }],
  ["a://{x}", "a://%zz", undefined],
  ["a://x.y", "a://xzy", undefined],
  ["a://{x}", `a://${"1".repeat(5000)}`, undefined],
])("%s against %s", (template, uri, expected) => {
  expect(matchTemplate(template, uri)).toEqual(expected);
});
