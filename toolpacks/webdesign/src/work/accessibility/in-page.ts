/**
 * Runs inside the page, in Chromium and in jsdom alike: handed over as source, so it may use nothing from outside
 * itself. The few parts of the DOM it touches are described here, since this is no browser's code base.
 */
export interface PageElement {
  tagName: string;
  parentElement: PageElement | null;
  children: ArrayLike<PageElement>;
}
interface AxeCheck {
  data?: unknown;
}
interface AxeNode {
  html: string;
  target: unknown[];
  failureSummary?: string;
  any: AxeCheck[];
  element?: PageElement;
}
interface AxeRule {
  id: string;
  impact?: string | null;
  tags: string[];
  help: string;
  nodes: AxeNode[];
}
interface AxeResults {
  violations: AxeRule[];
  incomplete: AxeRule[];
  passes: AxeRule[];
  inapplicable: AxeRule[];
}

export interface RawNode {
  html: string;
  target: string;
  summary: string;
  /** What a check measured; colours for contrast. */
  data?: Record<string, unknown>;
  /** From the root element down; absent inside frames and shadow trees. */
  way?: { tag: string; index: number }[];
}
export interface RawRule {
  id: string;
  impact: string;
  tags: string[];
  help: string;
  count: number;
  nodes: RawNode[];
}
export interface RawAudit {
  title: string;
  version: string;
  violations: RawRule[];
  incomplete: RawRule[];
  /** Their nodes only when `options.withPasses`. */
  passes: RawRule[];
  inapplicable: number;
}
export interface RunOptions {
  axe: Record<string, unknown>;
  maxNodes: number;
  withPasses: boolean;
}

/** JSON of a `RawAudit`. */
export async function runAxe({ axe, maxNodes, withPasses }: RunOptions): Promise<string> {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a page's globals, not this module's
  const page = globalThis as unknown as {
    document: { title: string };
    axe: { version: string; run(on: unknown, how: unknown): Promise<AxeResults> };
  };
  const wayOf = (element: PageElement): { tag: string; index: number }[] => {
    const way: { tag: string; index: number }[] = [];
    for (let at: PageElement | null = element; at !== null; at = at.parentElement) {
      const siblings = at.parentElement === null ? [at] : Array.from(at.parentElement.children);
      way.unshift({ tag: at.tagName.toLowerCase(), index: siblings.indexOf(at) });
    }
    return way;
  };
  const nodeOf = (node: AxeNode): RawNode => {
    const data = node.any.find((check) => typeof check.data === "object")?.data;
    const isPlain = node.target.length === 1 && typeof node.target[0] === "string";
    return {
      html: node.html.slice(0, 300),
      target: node.target.flat().join(" "),
      summary: (node.failureSummary ?? "").slice(0, 1_000),
      ...(data === null || data === undefined ? {} : { data: { ...data } }),
      ...(node.element !== undefined && isPlain ? { way: wayOf(node.element) } : {}),
    };
  };
  const ruleOf = (rule: AxeRule, most: number): RawRule => ({
    id: rule.id,
    impact: rule.impact ?? "minor",
    tags: rule.tags,
    help: rule.help,
    count: rule.nodes.length,
    nodes: rule.nodes.slice(0, most).map(nodeOf),
  });
  const found = await page.axe.run(page.document, { ...axe, elementRef: true });
  return JSON.stringify({
    title: page.document.title,
    version: page.axe.version,
    violations: found.violations.map((rule) => ruleOf(rule, maxNodes)),
    incomplete: found.incomplete.map((rule) => ruleOf(rule, maxNodes)),
    passes: found.passes.map((rule) => ruleOf(rule, withPasses ? maxNodes : 0)),
    inapplicable: found.inapplicable.length,
  } satisfies RawAudit);
}
