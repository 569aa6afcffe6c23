import { mkdtemp, rm, truncate, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isFlotillaError } from "../../protocol/index.ts";
import { problemsOf } from "./problems.ts";
import { parseSource, readSource } from "./source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-source-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function failure(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isFlotillaError(error)) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

describe("what is wrong with a text is told with its place", () => {
  const cases: [name: string, text: string, place: string, words: RegExp][] = [
    ["flotilla.yaml", "a:\n\tb: 1\n", "2:1", /tab/],
    ["flotilla.yaml", "a: 1\nb: 2\na: 3\n", "3:1", /twice/],
    ["flotilla.yaml", "a: [1, 2\n", "2:1", /bracket/],
    ["flotilla.yaml", "a: 1\n---\nb: 2\n", "2:1", /second document/],
    ["flotilla.yaml", "a: !!js/function x\n", "1:4", /tags/],
    ["flotilla.yaml", "? [a, b]\n: 1\n", "1:3", /plain text/],
    ["flotilla.json", '{\n  "a": 1,\n  "a": 2\n}', "3:3", /twice/],
    ["flotilla.json", '{\n  "a": tru\n}', "2:8", /not valid JSON/],
    ["flotilla.json", '{"a": 1', "1:8", /"}" is missing/],
    ["config.toml", "a = 1\nb = =\n", "2:5", /TOML/],
  ];
  test.each(cases)("%s %j", (name, text, ...[place, words]) => {
    const error = failure(() => parseSource(name, text));
    const first = problemsOf(error)[0];
    expect(error.code).toBe("config_invalid");
    expect(`${first?.line}:${first?.column}`).toBe(place);
    expect(first?.message).toMatch(words);
  });
});

test("keys and values are found where they stand, through lists and anchors", () => {
  const text = "x: &x\n  deep: [1, 2]\ny: *x\n";
  const yaml = parseSource("a.yaml", text);
  expect(yaml.locate(["x", "deep"], "key")).toEqual({ line: 2, column: 3 });
  expect(yaml.locate(["x", "deep", 1])).toEqual({ line: 2, column: 13 });
  expect(yaml.locate(["y", "deep", 1])).toEqual({ line: 2, column: 13 });
  expect(yaml.locate(["x", "absent"])).toEqual({ line: 2, column: 3 });
  const json = parseSource("a.json", '{\n  // why\n  "x": {"deep": [1, 2],},\n}');
  expect(json.locate(["x", "deep"], "key")).toEqual({ line: 3, column: 9 });
  expect(json.locate(["x", "deep", 1])).toEqual({ line: 3, column: 21 });
});

test("aliases cannot unfold without bound", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) {
    const uses = Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ");
    lines.push(`a${i}: &a${i} [${uses}]`);
  }
  const error = failure(() => parseSource("a.yaml", lines.join("\n")));
  expect(error.message).toMatch(/anchors/);
});

test.each(["yaml", "json"])(
  "a %s of a hundred thousand brackets is refused, not a crash",
  (kind) => {
    const error = failure(() => parseSource(`a.${kind}`, "[".repeat(100_000)));
    expect(error.code).toBe("config_invalid");
  },
);

test("a key called __proto__ is an ordinary key", () => {
  for (const [file, text] of [
    ["a.yaml", "__proto__: {polluted: 1}\n"],
    ["a.json", '{"__proto__": {"polluted": 1}}'],
  ] as const) {
    const { value } = parseSource(file, text);
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  }
});

test("no text makes anything but config_invalid", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "\n",
    "  ",
    "\t",
    '"',
    "'",
    "&a",
    "*a",
    "!!x",
    "<<: ",
    "|",
    "> ",
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, fc.constantFrom("a.yaml", "a.json", "a.toml"), (parts, file) => {
      try {
        const source = parseSource(file, parts.join(""));
        const { line, column } = source.locate(["workers", "a", 0], "key");
        return line >= 1 && column >= 1;
      } catch (error) {
        return isFlotillaError(error) && error.code === "config_invalid";
      }
    }),
    { numRuns: 600 },
  );
});

test("every JSON value comes back as it was, from JSON and from YAML", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      expect(parseSource("a.json", text).value).toEqual(JSON.parse(text));
    }),
  );
});

const reading = async (file: string) => {
  const outcome = await readSource(file, "shown.yaml").then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isFlotillaError(outcome)) throw new Error("expected a FlotillaError", { cause: outcome });
  return outcome;
};

describe("files", () => {
  test("missing, a folder, too large, not UTF-8", async () => {
    expect((await reading(join(folder, "none.yaml"))).message).toBe("shown.yaml: no such file");
    await mkdir(join(folder, "dir.yaml"));
    expect((await reading(join(folder, "dir.yaml"))).message).toMatch(/is a folder/);
    const large = join(folder, "large.yaml");
    await writeFile(large, "");
    await truncate(large, 2 * 1024 * 1024);
    expect((await reading(large)).message).toMatch(/at most 1024 KB/);
    const binary = join(folder, "binary.yaml");
    await writeFile(binary, Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    expect((await reading(binary)).message).toMatch(/not UTF-8/);
  });
});
