import { describe, expect, it } from "vitest";
import { apcaContrast, contrastRatio, needColour } from "../src/work/colour/colour.ts";
import { nearestPassing } from "../src/work/colour/suggest.ts";
import { BROWSER_NEEDED, HAS_CHROMIUM, findingsOf, webdesignClient } from "./client.ts";
import { bootstrapCss, grayscale } from "./real.ts";

const colour = (text: string): ReturnType<typeof needColour> => needColour(text, "test");

describe("contrast", () => {
  // The first six are the test values that APCA's authors publish; all were checked with apca-w3 0.1.9.
  it.each([
    ["#888", "#fff", 63.056469930209424],
    ["#fff", "#888", -68.54146436644962],
    ["#000", "#aaa", 58.146262578561334],
    ["#aaa", "#000", -56.24113336839742],
    ["#123", "#def", 91.66830811481631],
    ["#def", "#123", -93.06770049484275],
    ["#0d6efd", "#fff", 70.33065192625942],
    ["#123", "#234", 0],
  ])("APCA of %s on %s is %d", (text, back, lc) => {
    expect(apcaContrast(colour(text), colour(back))).toBeCloseTo(lc, 8);
  });

  // Checked with wcag-contrast 3.0.0; #767676 and #777777 are WCAG's well-known neighbours of 4.5.
  it.each([
    ["#000", "#fff", 21],
    ["#767676", "#fff", 4.542224959605253],
    ["#777777", "#fff", 4.478089453577214],
    ["#888", "#fff", 3.5448862152994005],
    ["#123", "#def", 13.647788588073729],
    ["#0d6efd", "#fff", 4.500782787406787],
  ])("WCAG of %s on %s is %d", (text, back, ratio) => {
    expect(contrastRatio(colour(text), colour(back))).toBeCloseTo(ratio, 8);
    expect(contrastRatio(colour(back), colour(text))).toBeCloseTo(ratio, 8);
  });

  it("finds the nearest colour that passes, on a black, white or coloured ground", () => {
    for (const [front, back, goal] of [
      ["#888", "#fff", 4.5],
      ["#64a19d", "#fff", 4.5],
      ["#777", "#000", 7],
      ["#ff0000", "#00ff00", 3],
    ] as const) {
      const found = nearestPassing(colour(front), colour(back), goal);
      expect(found).toBeDefined();
      if (found !== undefined) {
        const ratio = contrastRatio(found, colour(back));
        expect(ratio).toBeGreaterThanOrEqual(goal);
        expect(ratio).toBeLessThan(goal + 0.35);
      }
    }
    expect(nearestPassing(colour("#777"), colour("#777"), 10)).toBeUndefined();
  });
});

describe("contrast_check", () => {
  const { call } = webdesignClient({ chromium: false });

  it("measures pairs as seen, translucent ones too", async () => {
    const { value, rules } = await call("contrast_check", {
      pairs: [
        { name: "grey", foreground: "rgb(0 0 0 / 50%)", background: "white" },
        { name: "ui", foreground: "#888", background: "#fff", use: "ui" },
        { name: "aaa", foreground: "#767676", background: "#fff" },
      ],
      level: "AAA",
    });
    expect(value["pairs"]).toMatchObject([
      { foreground: "#808080", background: "#ffffff", ratio: 3.94, passed: false },
      { ratio: 3.54, needed: 3, passed: true },
      { ratio: 4.54, needed: 7, passed: false, passes: { text: true, textAaa: false } },
    ]);
    expect(rules).toEqual(["contrast-enhanced", "contrast-enhanced"]);
  });

  it("never rounds a failing ratio up to a passing one", async () => {
    const { value } = await call("contrast_check", {
      pairs: [{ foreground: "#777777", background: "#ffffff" }],
    });
    expect(value["pairs"]).toMatchObject([
      { ratio: 4.47, passed: false, suggestion: { foreground: "#767676" } },
    ]);
  });

  it("measures a palette each on each, and draws it", async () => {
    const { value, pictures } = await call("contrast_check", {
      palette: { ink: "#000", paper: "#fff", brand: "#0d6efd" },
    });
    expect(value["palette"]).toMatchObject({
      passing: [
        "ink on paper",
        "ink on brand",
        "paper on ink",
        "paper on brand",
        "brand on ink",
        "brand on paper",
      ],
    });
    expect(pictures[0]).toContain("<svg");
  });

  it("says which colour it does not know", async () => {
    const { isError, text } = await call("contrast_check", {
      pairs: [{ foreground: "blu", background: "#fff" }],
    });
    expect(isError).toBe(true);
    expect(text).toContain('/pairs/0/foreground: "blu" is not a CSS colour');
  });

  it("reads pairs from a style sheet, with its custom properties", async () => {
    const { value } = await call("contrast_check", { content: bootstrapCss });
    const pairs = JSON.stringify(value["pairs"]);
    expect(value["engine"]).toBe("css");
    // .text-bg-warning: black on #ffc107.
    expect(pairs).toContain('"foreground":"#000000","background":"#ffc107"');
  });
});

describe.skipIf(!HAS_CHROMIUM)(`contrast_check of pages ${BROWSER_NEEDED}`, () => {
  const { call } = webdesignClient();

  // axe, run on its own on the same page in Chromium, gave these colours.
  it("measures what is painted", async () => {
    const { value } = await call("contrast_check", { files: grayscale });
    expect(value["engine"]).toBe("chromium");
    expect(findingsOf(value)).toMatchObject([
      { message: "#ffffff on #64a19d has 2.94:1; text needs 4.5:1.", location: { line: 43 } },
      { message: "#7c7d7d on #f8f9fa has 3.91:1; text needs 4.5:1.", location: { line: 73 } },
      { message: "#808080 on #ffffff has 3.94:1; text needs 4.5:1.", location: { line: 161 } },
      { message: "#64a19d on #ffffff has 2.94:1; text needs 4.5:1.", location: { line: 171 } },
    ]);
  }, 60_000);
});
