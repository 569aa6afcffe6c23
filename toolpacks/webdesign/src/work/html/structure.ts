/** Landmarks, headings, forms and links: what a validator of single elements does not see. */
import type { Finding } from "flotilla/worker/review";
import { resolveInSite } from "../site/site.ts";
import { attribute, placeOf } from "./document.ts";
import type { Element, HtmlDocument } from "./document.ts";
import { kindOfLink, landmarkRole } from "./outline.ts";
import type { Outline } from "./outline.ts";

export interface PageParts {
  file: string;
  document: HtmlDocument;
  outline: Outline;
  /** The ids of every page given, to follow links to. */
  anchors: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of all files given; links are only followed when there is more than the page. */
  names: ReadonlySet<string>;
}

export function structureFindings(parts: PageParts): Finding[] {
  return [
    ...landmarkFindings(parts),
    ...headingFindings(parts),
    ...formFindings(parts),
    ...linkFindings(parts),
  ];
}

function landmarkFindings({ file, document }: PageParts): Finding[] {
  const mains = document.elements.filter((one) => landmarkRole(one) === "main");
  if (mains.length === 0) {
    return [
      {
        rule: "landmark-main-missing",
        severity: "warning",
        message: "The page has no main landmark to jump to.",
        location: { file, line: 1, column: 1 },
        fix: "Put the content into <main>.",
        reference: "WCAG 1.3.1",
      },
    ];
  }
  return mains
    .slice(1)
    .filter((one) => attribute(one, "hidden") === undefined)
    .map((one) => ({
      rule: "landmark-main-repeated",
      severity: "error",
      message: "There is more than one main landmark.",
      location: placeOf(file, one),
      fix: "Keep one <main> that is not hidden.",
    }));
}

function headingFindings({ file, outline }: PageParts): Finding[] {
  const tops = outline.headings.filter(({ level }) => level === 1);
  if (tops.length > 0 || outline.headings.length === 0) return [];
  return [
    {
      rule: "heading-top-missing",
      severity: "warning",
      message: "No heading of level 1 says what the page is about.",
      location: { file, line: outline.headings[0]?.line ?? 1, column: 1 },
      fix: "Make the page's own title an <h1>.",
      reference: "WCAG 2.4.6",
    },
  ];
}

function formFindings({ file, document }: PageParts): Finding[] {
  const passwords = document.elements.filter(
    (one) => one.tagName === "input" && attribute(one, "type")?.toLowerCase() === "password",
  );
  return passwords
    .filter((one) => attribute(one, "autocomplete") === undefined)
    .map((one) => ({
      rule: "password-autocomplete",
      severity: "info",
      message: "The password field does not say whether it asks for a new or the current one.",
      location: placeOf(file, one),
      fix: 'Add autocomplete="current-password" or "new-password".',
      reference: "WCAG 1.3.5",
    }));
}

function linkFindings(parts: PageParts): Finding[] {
  const { file, document } = parts;
  return document.elements.flatMap((element): Finding[] => {
    const href = element.tagName === "a" ? attribute(element, "href") : undefined;
    if (href === undefined) return [];
    const location = placeOf(file, element);
    const found: Finding[] = [];
    const dead = deadTarget(href, parts);
    if (dead !== undefined) found.push({ ...dead, location, object: href.slice(0, 200) });
    return [...found, ...insecure(element, href, file)];
  });
}

/** Only what can be known from what was given: anchors, and files when there are several. */
function deadTarget(href: string, parts: PageParts): Finding | undefined {
  const { file, anchors, names } = parts;
  const kind = kindOfLink(href);
  if (kind === "anchors") return missingAnchor(href.slice(1), anchors.get(file));
  if (kind !== "internal" || names.size < 2) return undefined;
  const target = resolveInSite(href, file);
  if (target === undefined) return undefined;
  const found = [target, `${target}index.html`, `${target}/index.html`, `${target}.html`]
    .map((one) => one.replace(/^\//, ""))
    .find((one) => names.has(one));
  if (found === undefined) {
    return {
      rule: "link-target-missing",
      severity: "warning",
      message: `There is no "${target.slice(0, 200)}" among the files.`,
      fix: "Correct the address, or pass the file as well.",
    };
  }
  const hash = href.split("#")[1];
  return hash === undefined ? undefined : missingAnchor(hash, anchors.get(found));
}

function missingAnchor(raw: string, known: ReadonlySet<string> | undefined): Finding | undefined {
  const name = decoded(raw);
  // Both go to the top of the page; `:~:` is a text fragment.
  if (name === "" || name.toLowerCase() === "top" || name.includes(":~:")) return undefined;
  if (known === undefined || known.has(name)) return undefined;
  return {
    rule: "anchor-missing",
    severity: "warning",
    message: `Nothing has the id "${name.slice(0, 100)}".`,
    fix: "Correct the fragment, or give the target this id.",
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function insecure(element: Element, href: string, file: string): Finding[] {
  if (!/^javascript:/i.test(href.trim())) return [];
  return [
    {
      rule: "link-javascript",
      severity: "warning",
      message: "The link runs a script instead of going somewhere.",
      location: placeOf(file, element),
      object: href.slice(0, 200),
      fix: "Use <button>.",
    },
  ];
}
