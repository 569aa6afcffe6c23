import { parse } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editJson } from "./edit-json.ts";
import { editToml } from "./edit-toml.ts";

const json = { list: ["mcpServers"], name: "flotilla" };
const toml = { list: ["mcp_servers"], name: "flotilla" };

describe("JSON", () => {
  const text = `{\r\n\t// mine\r\n\t"theme": "dark",\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "x" } // keep\r\n\t}\r\n}\r\n`;

  test("comments, tabs and line ends stay; adding twice is adding once; removing gives the old file back", () => {
    const added = editJson(text, { ...json, entry: { url: "http://h/mcp" } });
    expect(added).toContain("// mine");
    expect(added).toContain("// keep");
    expect(added).toMatch(/\r\n\t\t"flotilla": \{\r\n\t\t\t"url"/);
    expect(editJson(added, { ...json, entry: { url: "http://h/mcp" } })).toBe(added);
    expect(parse(editJson(added, { ...json, entry: undefined }))).toEqual(parse(text));
    expect(editJson(text, { ...json, entry: undefined })).toBe(text);
  });

  test("an empty or missing file gets a list; a byte order mark stays", () => {
    expect(parse(editJson("", { ...json, entry: { url: "u" } }))).toEqual({
      mcpServers: { flotilla: { url: "u" } },
    });
    expect(editJson("\uFEFF{}", { ...json, entry: { url: "u" } })).toMatch(/^\uFEFF\{/);
  });

  test("a broken file is not touched", () => {
    expect(() => editJson('{"a": ', { ...json, entry: { url: "u" } })).toThrow(/not valid JSON/);
    expect(() => editJson("[]", { ...json, entry: { url: "u" } })).toThrow(/not valid JSON/);
  });

  test("whatever else is in the file stays", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        fc.pre(!Object.hasOwn(value, "mcpServers") && !Object.hasOwn(value, "__proto__"));
        const before = JSON.stringify(value, undefined, 2);
        const after = editJson(before, { ...json, entry: { url: "u" } });
        const expected = {
          ...(JSON.parse(before) as object),
          mcpServers: { flotilla: { url: "u" } },
        };
        expect(JSON.parse(after)).toEqual(expected);
      }),
    );
  });
});

describe("TOML", () => {
  const text = `# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "npx" # keep\n\n[profiles.a]\nx = 1\n`;

  test("comments and other tables stay; twice is once; removing gives the old content back", () => {
    const added = editToml(text, { ...toml, entry: { url: "http://h/mcp" } });
    expect(added.startsWith(text)).toBe(true);
    expect(parseToml(added)["mcp_servers"]).toMatchObject({ flotilla: { url: "http://h/mcp" } });
    expect(editToml(added, { ...toml, entry: { url: "http://h/mcp" } })).toBe(added);
    const other = editToml(added, { ...toml, entry: { url: "http://h:1/mcp" } });
    expect(other.match(/mcp_servers\.flotilla/g)).toHaveLength(1);
    expect(parseToml(editToml(added, { ...toml, entry: undefined }))).toEqual(parseToml(text));
  });

  test("the first table makes the list, and the last one takes it away", () => {
    const added = editToml("", { ...toml, entry: { url: "u" } });
    expect(parseToml(added)).toEqual({ mcp_servers: { flotilla: { url: "u" } } });
    expect(parseToml(editToml(added, { ...toml, entry: undefined }))).toEqual({});
  });

  test("a table in the middle, with a sub-table, is cut out whole", () => {
    const middle = `[mcp_servers.flotilla]\nurl = "a"\n[mcp_servers.flotilla.env]\nA = "1"\n\n[z]\ny = 2\n`;
    expect(parseToml(editToml(middle, { ...toml, entry: undefined }))).toEqual({ z: { y: 2 } });
  });

  test("a file that only looks so is refused, not damaged", () => {
    const tricky = `note = """\n[mcp_servers.flotilla]\n"""\n[mcp_servers.flotilla]\nurl = "a"\n`;
    expect(() => editToml(tricky, { ...toml, entry: undefined })).toThrow(
      /cannot be changed safely|not valid TOML/,
    );
    const inline = `mcp_servers = { flotilla = { url = "a" } }\n`;
    expect(() => editToml(inline, { ...toml, entry: { url: "b" } })).toThrow(
      /cannot be changed safely|not valid TOML/,
    );
  });
});
