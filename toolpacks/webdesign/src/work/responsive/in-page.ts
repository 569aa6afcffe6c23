/** Runs inside the page, handed over as source: each function may use nothing from outside itself but `prepare`'s work. */
import type { PageElement } from "../accessibility/in-page.ts";

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  width: number;
  height: number;
}
interface Styled {
  fontSize: string;
  display: string;
  visibility: string;
  overflowX: string;
  position: string;
}
interface DomText {
  nodeType: number;
  textContent: string | null;
}
interface DomElement extends PageElement {
  parentElement: DomElement | null;
  children: ArrayLike<DomElement>;
  childNodes: ArrayLike<DomText>;
  textContent: string | null;
  scrollWidth: number;
  clientWidth: number;
  scrollHeight: number;
  id: string;
  outerHTML: string;
  getBoundingClientRect(): Box;
  matches(selector: string): boolean;
  getAttribute(name: string): string | null;
}
interface Shown {
  element: DomElement;
  style: Styled;
  box: Box;
}
interface Prepared {
  shown: Shown[];
  spot(element: DomElement, px: number, detail: string): Spot;
  hasText(nodes: ArrayLike<DomText>, least: number): boolean;
}
interface DomWindow {
  document: {
    documentElement: DomElement;
    body: DomElement | null;
    querySelectorAll(selector: string): ArrayLike<DomElement>;
  };
  getComputedStyle(element: DomElement): Styled;
  flotilla: Prepared;
}

export interface Spot {
  way: { tag: string; index: number }[];
  label: string;
  html: string;
  /** Pixels: how far it sticks out, its text's size, or its smaller side. */
  px: number;
  detail: string;
}

export interface LookOptions {
  width: number;
  minTargetPx: number;
  minTextPx: number;
  most: number;
}

export interface RawSize {
  layoutWidth: number;
  contentWidth: number;
  contentHeight: number;
}

/** Collects what is shown, and leaves the helpers that the other functions share. */
export function prepare(): RawSize {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a page's globals, not this module's
  const view = globalThis as unknown as DomWindow;
  const { document } = view;
  const root = document.documentElement;
  const spot = (element: DomElement, px: number, detail: string): Spot => {
    const way: Spot["way"] = [];
    for (let at: DomElement | null = element; at !== null; at = at.parentElement) {
      const siblings = at.parentElement === null ? [at] : Array.from(at.parentElement.children);
      way.unshift({ tag: at.tagName.toLowerCase(), index: siblings.indexOf(at) });
    }
    const names = (element.getAttribute("class") ?? "").split(/\s+/).filter(Boolean).slice(0, 3);
    const parts = [element.id === "" ? "" : `#${element.id}`, ...names.map((name) => `.${name}`)];
    const label = `${element.tagName.toLowerCase()}${parts.join("")}`.slice(0, 200);
    const html = element.outerHTML.slice(0, 200);
    return { way, label, html, px: Math.round(px * 10) / 10, detail };
  };
  const all = Array.from(document.querySelectorAll("body *")).slice(0, 20_000);
  const shown = all.flatMap((element) => {
    const style = view.getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isShown = style.display !== "none" && style.visibility === "visible";
    return isShown && box.width > 0 && box.height > 0 ? [{ element, style, box }] : [];
  });
  const hasText = (nodes: ArrayLike<DomText>, least: number): boolean =>
    Array.from(nodes).some(
      ({ nodeType, textContent }) => nodeType === 3 && (textContent ?? "").trim().length >= least,
    );
  view.flotilla = { shown, spot, hasText };
  return {
    layoutWidth: root.clientWidth,
    contentWidth: Math.max(root.scrollWidth, document.body?.scrollWidth ?? 0),
    contentHeight: root.scrollHeight,
  };
}

/** The innermost elements that make the page wider than its window. */
export function findOverflow({ width, most }: LookOptions): Spot[] {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a page's globals, not this module's
  const view = globalThis as unknown as DomWindow;
  const { document, flotilla } = view;
  const root = document.documentElement;
  const limit = Math.max(width, root.clientWidth) + 1;
  if (Math.max(root.scrollWidth, document.body?.scrollWidth ?? 0) <= limit) return [];
  // What scrolls or is cut inside a box of its own does not widen the page.
  const isHeld = (element: DomElement): boolean => {
    for (let at = element.parentElement; at !== null; at = at.parentElement) {
      if (at === document.body || at === root) return false;
      if (view.getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  const wide = flotilla.shown.filter(
    ({ element, box, style }) =>
      box.right > limit && style.position !== "fixed" && !isHeld(element),
  );
  const parents = new Set(wide.map(({ element }) => element.parentElement));
  return wide
    .filter(({ element }) => !parents.has(element))
    .slice(0, most)
    .map(({ element, box }) =>
      flotilla.spot(element, box.right - width, `its right edge is at ${Math.round(box.right)} px`),
    );
}

/** WCAG 2.5.8: too small, not part of a sentence, and a circle of the least size around it meets another target. */
export function findSmallTargets({ minTargetPx, most }: LookOptions): Spot[] {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a page's globals, not this module's
  const { flotilla } = globalThis as unknown as DomWindow;
  const selector =
    "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=link],[role=checkbox],[role=tab],[role=switch],[role=menuitem],[onclick]";
  const targets = flotilla.shown.filter(({ element }) => element.matches(selector)).slice(0, 2_000);
  const isSmall = ({ box }: Shown): boolean => box.width < minTargetPx || box.height < minTargetPx;
  const isInText = ({ element, style }: Shown): boolean =>
    style.display === "inline" &&
    element.parentElement !== null &&
    flotilla.hasText(element.parentElement.childNodes, 1);
  const isCrowded = (one: Shown): boolean => {
    const x = (one.box.left + one.box.right) / 2;
    const y = (one.box.top + one.box.bottom) / 2;
    return targets.some((other) => {
      if (other.element === one.element) return false;
      const { left, right, top, bottom } = other.box;
      // Two small ones: their circles must not meet. Else: the circle must not meet the other's box.
      if (isSmall(other)) {
        return Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y) < minTargetPx;
      }
      const dx = Math.max(left - x, 0, x - right);
      const dy = Math.max(top - y, 0, y - bottom);
      return Math.hypot(dx, dy) < minTargetPx / 2;
    });
  };
  return targets
    .filter((one) => isSmall(one) && !isInText(one) && isCrowded(one))
    .slice(0, most)
    .map(({ element, box }) =>
      flotilla.spot(
        element,
        Math.min(box.width, box.height),
        `${Math.round(box.width)} × ${Math.round(box.height)} px`,
      ),
    );
}

export function findTexts({ minTextPx, most }: LookOptions): { small: Spot[]; cut: Spot[] } {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a page's globals, not this module's
  const { flotilla } = globalThis as unknown as DomWindow;
  const texts = flotilla.shown.filter(({ element }) => flotilla.hasText(element.childNodes, 2));
  const words = (element: DomElement): string => (element.textContent ?? "").trim().slice(0, 60);
  const small = texts.filter(({ style }) => Number.parseFloat(style.fontSize) < minTextPx);
  const cut = texts.filter(
    ({ element, style }) =>
      element.clientWidth > 0 &&
      element.scrollWidth > element.clientWidth + 1 &&
      ["hidden", "clip"].includes(style.overflowX),
  );
  return {
    small: small
      .slice(0, most)
      .map(({ element, style }) =>
        flotilla.spot(element, Number.parseFloat(style.fontSize), words(element)),
      ),
    cut: cut
      .slice(0, most)
      .map(({ element }) =>
        flotilla.spot(element, element.scrollWidth - element.clientWidth, words(element)),
      ),
  };
}
