/** Colours as Chromium paints them: axe's contrast check says which two colours each text has, passing or not. */
import type { RawNode } from "../work/accessibility/in-page.ts";
import { parseColour } from "../work/colour/colour.ts";
import { foldPairs } from "../work/colour/page-contrast.ts";
import type { PageContrastAnswer, PageContrastInput } from "../work/colour/page-contrast.ts";
import type { Pair } from "../work/colour/pairs.ts";
import { elementAt, parseHtml, placeOf } from "../work/html/document.ts";
import { readSite } from "../work/site/site.ts";
import { axeIn } from "./audit.node.ts";
import { sandboxNotes } from "./chromium.node.ts";
import type { WithBrowser } from "./jobs.ts";
import { visit } from "./visit.node.ts";

const AXE = { runOnly: { type: "rule", values: ["color-contrast"] } };

export async function contrastInChromium(
  input: WithBrowser<PageContrastInput>,
): Promise<PageContrastAnswer> {
  const { chromium, scripts = false, colorScheme = "light" } = input;
  const site = await readSite(input, { maxPages: 20 });
  const pairs: Pair[] = [];
  let unclear = 0;
  for (const path of site.pages) {
    const context = { viewport: { width: 1280, height: 800 }, colorScheme };
    const { value } = await visit(
      { chromium, site, path, scripts, context, budgetMs: 25_000 },
      (page) => axeIn(page, { axe: AXE, maxNodes: 2_000, withPasses: true }),
    );
    unclear += value.incomplete.reduce((sum, { count }) => sum + count, 0);
    const nodes = [...value.violations, ...value.passes].flatMap((rule) => rule.nodes);
    pairs.push(...pairsOf(nodes, path, site.files[path] ?? ""));
  }
  const unclearText = `${unclear} texts have a background that no number stands for (image, gradient, overlap); a person must look.`;
  return {
    engine: "chromium",
    limits: [...(unclear === 0 ? [] : [unclearText]), ...sandboxNotes()],
    ...foldPairs(pairs, input.level ?? "AA"),
  };
}

function pairsOf(nodes: readonly RawNode[], path: string, source: string): Pair[] {
  const document = parseHtml(source, path);
  return nodes.flatMap(({ data, target, way, html }) => {
    const foreground = parseColour(String(data?.["fgColor"]));
    const background = parseColour(String(data?.["bgColor"]));
    if (foreground === undefined || background === undefined) return [];
    const element = way === undefined ? undefined : elementAt(document, way);
    const isLarge = Number.parseFloat(String(data?.["expectedContrastRatio"])) < 4.5;
    return [
      {
        name: target.slice(0, 200),
        foreground,
        background,
        use: isLarge ? ("large-text" as const) : ("text" as const),
        evidence: html,
        ...(element === undefined ? {} : { location: placeOf(path, element) }),
      },
    ];
  });
}
