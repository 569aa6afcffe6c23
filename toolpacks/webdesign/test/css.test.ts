import { describe, expect, it } from "vitest";
import { findingsOf, webdesignClient } from "./client.ts";
import { bootstrapCss, grayscale, normalizeCss } from "./real.ts";

const { call } = webdesignClient({ chromium: false });

describe("css_analyze", () => {
  // Counted with postcss 8.5 and @bramus/specificity.
  it.each([
    [
      "bootstrap",
      bootstrapCss,
      {
        rules: 2553,
        selectors: 2966,
        uniqueSelectors: 2759,
        declarations: 5546,
        importants: 1716,
        bytes: 280620,
        specificity: { max: [0, 7, 0] },
      },
    ],
    [
      "normalize.css",
      normalizeCss,
      {
        rules: 34,
        selectors: 55,
        uniqueSelectors: 47,
        declarations: 57,
        importants: 0,
        bytes: 6138,
        specificity: { max: [0, 2, 0] },
      },
    ],
    [
      "grayscale",
      grayscale["css/styles.css"],
      {
        rules: 2381,
        selectors: 2799,
        uniqueSelectors: 2592,
        declarations: 5112,
        importants: 1374,
        bytes: 246671,
        specificity: { max: [1, 3, 0] },
      },
    ],
  ])(
    "measures %s as others do",
    async (_, content, metrics) => {
      const { value } = await call("css_analyze", { content });
      expect(value["metrics"]).toMatchObject(metrics);
    },
    30_000,
  );

  it("finds a Sass function that was never compiled", async () => {
    const { value } = await call("css_analyze", { content: grayscale["css/styles.css"] });
    expect(findingsOf(value)[0]).toMatchObject({
      rule: "invalid-value",
      message: '"fade(#fff,80%)" is no value of color.',
    });
  });

  it("finds nothing wrong with normalize.css but the fallback it means", async () => {
    const { rules } = await call("css_analyze", { content: normalizeCss, targets: "chrome 120" });
    expect(rules).toEqual(["duplicate-declaration"]);
  });

  // Dates of support from MDN: :has() came with Firefox 121, nesting with Chrome 120 in its final form.
  it("knows what a target lacks, and trusts @supports", async () => {
    const content =
      ".a:has(.b) { gap: 1px }\n@supports selector(:has(a)) { .c:has(.d) { color: red } }\n";
    const old = await call("css_analyze", { content, targets: "firefox 120" });
    expect(old.value["unsupported"]).toMatchObject([
      { feature: "css.selectors.has", uses: 1, missing: ["firefox 120"] },
    ]);
    const now = await call("css_analyze", { content, targets: "firefox 121" });
    expect(now.value["unsupported"]).toEqual([]);
  });

  it("says of which targets nothing is known", async () => {
    const { value } = await call("css_analyze", { content: "a{color:red}", targets: "ie 11" });
    expect(JSON.stringify(value["limits"])).toContain("ie 11");
  });

  it("finds what is said twice, with a patch that removes it", async () => {
    const content =
      ".a {\n  color: red;\n}\n.b {\n  width: 1px;\n  width: 2px;\n}\n.a {\n  color: red;\n}\n";
    const { value } = await call("css_analyze", { content });
    const [repeated, again] = findingsOf(value);
    expect(repeated).toMatchObject({ rule: "duplicate-rule", location: { line: 1 } });
    expect(repeated?.patch).toContain("-.a {\n-  color: red;\n-}\n");
    expect(again).toMatchObject({ rule: "duplicate-declaration", location: { line: 5 } });
  });

  it("leaves fallbacks alone", async () => {
    const content =
      ".a { height: 100vh; height: 100dvh; display: -webkit-box; display: flex; color: #123; color: oklch(50% 0.1 240) }";
    const { rules } = await call("css_analyze", { content, targets: "chrome 120" });
    expect(rules).toEqual([]);
  });

  it("finds selectors that match nothing, and leaves what scripts set", async () => {
    const files = {
      "a.html": '<!doctype html><p class="a">x</p>',
      "a.css":
        ".a:hover::before {content: ''} .b, .a {color: red} .c > .d {color: red} .is-open .x {color:red}",
    };
    const { value } = await call("css_analyze", { files, dynamicClasses: ["is-open"] });
    expect(value["unused"]).toMatchObject({ selectors: 2, rules: 1, checkedAgainst: ["a.html"] });
    expect(findingsOf(value).map(({ object }) => object)).toEqual([".b", ".c>.d"]);
  });

  it("finds misspelt properties and unset variables, in style elements too", async () => {
    const content = "<!doctype html>\n<style>\na { bakground: red; color: var(--brand) }\n</style>";
    const { value } = await call("css_analyze", { files: { "a.html": content } });
    expect(findingsOf(value)).toMatchObject([
      {
        rule: "unknown-property",
        fix: "Did you mean background?",
        location: { file: "a.html", line: 3, column: 5 },
      },
      { rule: "undefined-variable", object: "--brand", location: { line: 3 } },
      { rule: "unused-rule" },
    ]);
  });

  it("refuses queries that would read files", async () => {
    for (const targets of ["extends ./x", "> 1% in my stats", "nonsense 3"]) {
      const { isError, text } = await call("css_analyze", { content: "a{}", targets });
      expect(isError).toBe(true);
      expect(text).toContain("targets");
    }
  });
});

describe("design_tokens", () => {
  it("collects bootstrap's colours under their names", async () => {
    const { value, pictures } = await call("design_tokens", { content: bootstrapCss });
    // A font weight of 400 is no colour.
    expect(JSON.stringify(value["uses"])).not.toContain("#440000");
    const uses = value["uses"] as { kind: string; value: string; names: string[] }[];
    // _variables.scss of Bootstrap 5.3: $blue, $red, $border-radius, $font-size-lg.
    expect(uses).toContainEqual(
      expect.objectContaining({
        kind: "color",
        value: "#0d6efd",
        names: expect.arrayContaining(["--bs-blue"]),
      }),
    );
    expect(uses).toContainEqual(expect.objectContaining({ kind: "color", value: "#dc3545" }));
    expect(uses).toContainEqual(expect.objectContaining({ kind: "radius", value: "6px" }));
    expect(uses).toContainEqual(expect.objectContaining({ kind: "fontSize", value: "20px" }));
    expect(value["dtcg"]).toMatchObject({
      color: { $type: "color", "bs-blue": { $value: { colorSpace: "srgb", hex: "#0d6efd" } } },
      spacing: { $type: "dimension" },
    });
    expect(pictures[0]).toContain("Colours (");
  }, 30_000);

  it.each([
    ["normalize.css", normalizeCss, "fontFamily"],
    ["grayscale", grayscale["css/styles.css"], "color"],
  ])(
    "reads %s",
    async (_, content, kind) => {
      const { value } = await call("design_tokens", { content });
      expect(JSON.stringify(value["uses"])).toContain(`"kind":"${kind}"`);
    },
    30_000,
  );

  it("holds a sheet against given tokens, aliases followed", async () => {
    const tokens = {
      color: {
        $type: "color",
        brand: { $value: { colorSpace: "srgb", components: [0.05098, 0.43137, 0.99216] } },
        action: { $value: "{color.brand}" },
        idle: { $value: "#00ff00" },
      },
    };
    const content = ".a { color: #0d6efd } .b { color: #0e6ffd }";
    const { value } = await call("design_tokens", { content, tokens });
    expect(
      findingsOf(value)
        .map(({ rule, object }) => `${rule} ${object}`)
        .toSorted(),
    ).toEqual([
      "near-duplicate-color #0e6ffd",
      "token-bypassed #0d6efd",
      "token-missing #0e6ffd",
      "token-unused color.idle",
    ]);
  });

  it("says what is wrong with tokens", async () => {
    const { isError, text } = await call("design_tokens", {
      content: "a{color:red}",
      tokens: { a: {} },
    });
    expect(isError).toBe(true);
    expect(text).toContain("$value");
  });
});
