import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { qualityClient, real } from "./client.ts";

const { call } = qualityClient();

interface Formatted {
  file: string;
  engine: string;
  changed: boolean;
  patch?: string;
  content?: string;
}

describe("code_format on real code", () => {
  it("changes nothing that its authors formatted the same way", async () => {
    // commander formats its sources with Prettier and single quotes.
    const files = Object.fromEntries(
      ["argument", "help", "option"].map((name) => [
        `${name}.js`,
        real("commander", `lib/${name}.js`),
      ]),
    );
    const done = await call("code_format", {
      files,
      engine: "prettier",
      style: { quotes: "single" },
    });
    expect(done.value).toMatchObject({ changed: 0, failed: [] });
    // Biome follows Prettier's style.
    const style = { quotes: "single", indentStyle: "space" };
    expect((await call("code_format", { files, style })).value).toMatchObject({ changed: 0 });
  });

  it("gives patches that lead to the same text as it gives in full", async () => {
    const files = {
      "command.js": real("commander", "lib/command.js"),
      "readme.md": real("picomatch", "README.md"),
      "flatted.js": real("flatted", "esm/index.js"),
    };
    const patched = (await call("code_format", { files })).value["files"] as Formatted[];
    const full = (await call("code_format", { files, answer: "content" })).value[
      "files"
    ] as Formatted[];
    expect(patched).toHaveLength(3);
    for (const [index, { file, patch = "" }] of patched.entries()) {
      const before = files[file as keyof typeof files];
      expect(patch === "" ? before : applyPatch(before, patch)).toBe(full[index]?.content);
    }
    const again = Object.fromEntries(full.map(({ file, content = "" }) => [file, content]));
    expect((await call("code_format", { files: again })).value).toMatchObject({ changed: 0 });
  });
});

describe("code_format", () => {
  it("knows many languages", async () => {
    const files = {
      "a.ts": "let a:any=1",
      "b.scss": "a{b{c:d}}",
      "c.yml": "a:   1\nb: [1,2]\n",
      "d.vue": "<template><div   /></template>",
      "e.html": "<p>a<b>c",
      "f.json": '{"a":1}',
      "g.css": "a{b:c}",
      "h.graphql": "{a}",
      "i.less": "a{b:c}",
      "j.hbs": "{{#if   a}}b{{/if}}",
      "k.md": "*  x\n* y\n",
    };
    const { value } = await call("code_format", { files, answer: "content" });
    expect(value).toMatchObject({ changed: 11, failed: [] });
    const texts = Object.fromEntries(
      (value["files"] as Formatted[]).map((one) => [one.file, one.content]),
    );
    expect(texts["a.ts"]).toBe("let a: any = 1;\n");
    expect(texts["c.yml"]).toBe("a: 1\nb: [1, 2]\n");
    expect(texts["k.md"]).toBe("- x\n- y\n");
    expect(texts["e.html"]).toBe("<p>a<b>c</b></p>\n");
  });

  it("says where a file cannot be parsed, and formats the others", async () => {
    const files = {
      "a.css": "a{",
      "b.yml": "a: [1",
      "c.js": "let = =",
      "d.js": "a( )",
      "deep.js": "[".repeat(50_000),
    };
    const { value } = await call("code_format", { files });
    expect(value).toMatchObject({ changed: 1 });
    const failed = value["failed"] as { file: string; reason: string }[];
    expect(failed.map(({ file }) => file)).toEqual(["a.css", "b.yml", "c.js", "deep.js"]);
    expect(failed[2]?.reason).toContain("c.js, line 1");
  });

  it("leaves an empty file empty, and refuses what it does not know", async () => {
    expect((await call("code_format", { filename: "a.js", content: "" })).value).toMatchObject({
      changed: 0,
    });
    expect((await call("code_format", { filename: "a.xyz", content: "a" })).isError).toBe(true);
  });
});
