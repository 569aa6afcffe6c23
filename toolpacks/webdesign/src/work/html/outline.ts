/** What a page is made of, as people who do not see it meet it: headings, landmarks, forms, links. */
import { ancestors, attribute, nameOf, placeOf, textOf } from "./document.ts";
import type { Element, HtmlDocument } from "./document.ts";

const MOST = 200;

export interface Heading {
  level: number;
  text: string;
  line: number;
}
export interface Landmark {
  role: string;
  name: string;
  line: number;
}
export interface FormControl {
  kind: string;
  name: string;
  label: string;
  required: boolean;
  line: number;
}
export interface Form {
  /** Absent for controls outside any form. */
  line?: number;
  method?: string;
  action?: string;
  controls: FormControl[];
}
export interface LinkCounts {
  total: number;
  internal: number;
  external: number;
  anchors: number;
  /** mailto, tel and the like. */
  other: number;
}

export interface Outline {
  lang: string;
  title: string;
  elements: number;
  headings: Heading[];
  landmarks: Landmark[];
  forms: Form[];
  links: LinkCounts;
}

export function outlineOf(document: HtmlDocument, file: string): Outline {
  const { elements } = document;
  const html = elements.find(({ tagName }) => tagName === "html");
  const title = elements.find(
    (one) => one.tagName === "title" && !ancestors(one).some(({ tagName }) => tagName === "svg"),
  );
  return {
    lang: html === undefined ? "" : (attribute(html, "lang") ?? ""),
    title: title === undefined ? "" : textOf(title).slice(0, 300),
    elements: elements.length,
    headings: headingsOf(elements, file).slice(0, MOST),
    landmarks: landmarksOf(elements, file).slice(0, MOST),
    forms: formsOf(elements, file),
    links: countLinks(elements),
  };
}

export function levelOf(element: Element): number | undefined {
  const native = /^h([1-6])$/.exec(element.tagName)?.[1];
  const role = attribute(element, "role");
  if (native !== undefined && (role === undefined || role === "heading")) return Number(native);
  return role === "heading" ? Number(attribute(element, "aria-level") ?? 2) : undefined;
}

function headingsOf(elements: readonly Element[], file: string): Heading[] {
  return elements.flatMap((element) => {
    const level = levelOf(element);
    if (level === undefined) return [];
    return [{ level, text: nameOf(element).slice(0, 200), line: placeOf(file, element).line }];
  });
}

const ROLES: Record<string, string> = {
  main: "main",
  nav: "navigation",
  aside: "complementary",
  header: "banner",
  footer: "contentinfo",
  search: "search",
};
const LANDMARKS = new Set([...Object.values(ROLES), "region", "form"]);
const SECTIONS = new Set(["article", "aside", "main", "nav", "section"]);

/** As HTML-AAM maps elements to roles: header and footer only outside sections, section and form only with a name. */
export function landmarkRole(element: Element): string | undefined {
  const role = attribute(element, "role")?.trim().toLowerCase();
  if (role !== undefined && role !== "") return LANDMARKS.has(role) ? role : undefined;
  const { tagName } = element;
  if (tagName === "section" || tagName === "form") {
    return ariaName(element) === "" ? undefined : tagName === "form" ? "form" : "region";
  }
  const isInside = ancestors(element).some((one) => SECTIONS.has(one.tagName));
  if ((tagName === "header" || tagName === "footer") && isInside) return undefined;
  return ROLES[tagName];
}

export function ariaName(element: Element): string {
  const own = attribute(element, "aria-label") ?? attribute(element, "title") ?? "";
  return (own.trim() || (attribute(element, "aria-labelledby") ?? "")).trim();
}

function landmarksOf(elements: readonly Element[], file: string): Landmark[] {
  return elements.flatMap((element) => {
    const role = landmarkRole(element);
    if (role === undefined) return [];
    return [{ role, name: ariaName(element).slice(0, 200), line: placeOf(file, element).line }];
  });
}

const CONTROLS = new Set(["input", "select", "textarea", "button"]);

function formsOf(elements: readonly Element[], file: string): Form[] {
  const labels = new Map<string, string>();
  for (const one of elements) {
    const target = one.tagName === "label" ? attribute(one, "for") : undefined;
    if (target !== undefined) labels.set(target, textOf(one));
  }
  const byForm = Map.groupBy(
    elements.filter((one) => CONTROLS.has(one.tagName) && attribute(one, "type") !== "hidden"),
    (one) => ancestors(one).find(({ tagName }) => tagName === "form"),
  );
  return [...byForm].slice(0, 50).map(([form, controls]) => ({
    ...(form === undefined ? {} : formFacts(form, file)),
    controls: controls.slice(0, MOST).map((one) => controlOf(one, labels, file)),
  }));
}

function formFacts(form: Element, file: string): Omit<Form, "controls"> {
  const action = attribute(form, "action");
  return {
    line: placeOf(file, form).line,
    method: (attribute(form, "method") ?? "get").toLowerCase(),
    ...(action === undefined ? {} : { action: action.slice(0, 300) }),
  };
}

function controlOf(
  element: Element,
  labels: ReadonlyMap<string, string>,
  file: string,
): FormControl {
  const { tagName } = element;
  const around = ancestors(element).find((one) => one.tagName === "label");
  const candidates = [
    labels.get(attribute(element, "id") ?? ""),
    around === undefined ? undefined : textOf(around),
    ariaName(element),
    tagName === "button" ? nameOf(element) : undefined,
    tagName === "input" && /^(?:submit|reset|button)$/i.test(attribute(element, "type") ?? "")
      ? (attribute(element, "value") ?? attribute(element, "type"))
      : undefined,
  ];
  return {
    kind: tagName === "input" ? (attribute(element, "type") ?? "text").toLowerCase() : tagName,
    name: (attribute(element, "name") ?? "").slice(0, 100),
    label: (candidates.find((one) => one !== undefined && one !== "") ?? "").slice(0, 200),
    required: attribute(element, "required") !== undefined,
    line: placeOf(file, element).line,
  };
}

function countLinks(elements: readonly Element[]): LinkCounts {
  const counts = { total: 0, internal: 0, external: 0, anchors: 0, other: 0 };
  for (const element of elements) {
    const href = element.tagName === "a" ? attribute(element, "href") : undefined;
    if (href === undefined) continue;
    counts.total += 1;
    counts[kindOfLink(href)] += 1;
  }
  return counts;
}

export function kindOfLink(href: string): Exclude<keyof LinkCounts, "total"> {
  if (href.startsWith("#")) return "anchors";
  if (/^(?:https?:)?\/\//i.test(href)) return "external";
  return /^[a-z][a-z\d+.-]*:/i.test(href) ? "other" : "internal";
}

/** All ids, and the names of old-fashioned anchors. */
export function anchorsOf({ elements }: HtmlDocument): Set<string> {
  return new Set(
    elements.flatMap((one) => {
      const name = one.tagName === "a" ? attribute(one, "name") : undefined;
      return [attribute(one, "id"), name].filter((id) => id !== undefined);
    }),
  );
}
