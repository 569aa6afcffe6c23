import { packageFiles } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { qualityClient, real } from "./client.ts";

const { call } = qualityClient();

interface Group {
  lines: number;
  tokens: number;
  places: { file: string; line: number; endLine: number }[];
}
async function groups(files: Record<string, string>, more: object = {}): Promise<Group[]> {
  return (await call("code_duplicates", { files, ...more })).value["duplicates"] as Group[];
}
const spans = (all: Group[]): string[][] =>
  all.map(({ places }) =>
    places.map(({ file, line, endLine }) => `${file}:${line}-${endLine}`).toSorted(),
  );

describe("code_duplicates on real code finds what jscpd 4 finds", () => {
  it("in commander", async () => {
    const names = ["argument", "error", "help", "option", "suggestSimilar"];
    const files = Object.fromEntries(
      names.map((name) => [`${name}.js`, real("commander", `lib/${name}.js`)]),
    );
    const found = await groups(files);
    expect(spans(found)).toEqual([
      ["argument.js:98-118", "option.js:181-201"],
      ["help.js:487-493", "help.js:499-506"],
    ]);
    expect(found.map(({ tokens }) => tokens)).toEqual([135, 69]);
  });

  it("between the two builds of flatted", async () => {
    const files = {
      "esm.js": real("flatted", "esm/index.js"),
      "cjs.js": real("flatted", "cjs/index.js"),
    };
    expect((await groups(files)).map(({ tokens }) => tokens)).toEqual([520, 384, 240]);
  });

  it("in the Java of cordova-plugin-file", async () => {
    const found = await groups(
      packageFiles("cordova-plugin-file", "src/android/*.java", import.meta.url),
    );
    expect(found.map(({ tokens }) => tokens).toSorted((a, b) => a - b)).toEqual([
      85, 97, 100, 102, 111, 112, 119, 288,
    ]);
  });
});

describe("code_duplicates", () => {
  const body = Array.from(
    { length: 12 },
    (_, at) => `  const v${at} = list[${at}] * ${at} + offset;`,
  ).join("\n");
  const file = (name: string): string =>
    `function ${name}(list, offset) {\n${body}\n  return v1;\n}\n`;

  it("puts equal places together, and counts all but the first", async () => {
    const files = { "a.js": file("a"), "b.js": file("b"), "c.js": file("c") };
    const { value } = await call("code_duplicates", { files });
    const [first, ...others] = value["duplicates"] as Group[];
    expect(others).toEqual([]);
    expect(first?.places.map((one) => one.file)).toEqual(["a.js", "b.js", "c.js"]);
    expect(value["duplicatedLines"]).toBe((first?.lines ?? 0) * 2);
  });

  it("finds nothing in one file, in an empty one, or below the limits", async () => {
    expect(await groups({ "a.js": file("a"), "b.js": "" })).toEqual([]);
    expect(await groups({ "a.js": file("a"), "b.js": file("b") }, { minLines: 50 })).toEqual([]);
  });

  it("skips minified lines, and refuses what is no code", async () => {
    const long = `var a=${"1+".repeat(20_000)}1;\n`;
    expect(await groups({ "a.js": long, "b.js": long })).toEqual([]);
    expect((await call("code_duplicates", { files: { "a.bin": "x" } })).isError).toBe(true);
  });
});
