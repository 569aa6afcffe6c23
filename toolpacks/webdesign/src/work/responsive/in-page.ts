/** Runs inside the page, handed over as source: it may use nothing from outside itself. */
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
  textOverflow: string;
  whiteSpace: string;
}
interface DomElement extends PageElement {
  parentElement: DomElement | null;
  children: ArrayLike<DomElement>;
  childNodes: ArrayLike<{ nodeType: number; textContent: string | null }>;
  textContent: string | null;
  scrollWidth: number;
  clientWidth: number;
  scrollHeight: number;
  id: string;
  outerHTML: string;
  getBoundingClientRect(): Box;
  matches(selector: string): boolean;
  closest(selector: string): DomElement | null;
  getAttribute(name: string): string | null;
}
interface DomWindow {
  document: {
    documentElement: DomElement;
    body: DomElement | null;
    querySelectorAll(selector: string): ArrayLike<DomElement>;
  };
  innerWidth: number;
  getComputedStyle(element: DomElement): Styled;
}

export interface Spot {
  way: { tag: string; index: number }[];
  label: string;
  html: string;
  /** Pixels: how far it sticks out, its text's size, or its smaller side. */
  px: number;
  detail: string;
}

export interface RawView {
  layoutWidth: number;
  contentWidth: number;
  contentHeight: number;
  overflowing: Spot[];
  smallTargets: Spot[];
  smallTexts: Spot[];
  cutTexts: Spot[];
}

export interface LookOptions {
  width: number;
  minTargetPx: number;
  minTextPx: number;
  most: number;
}

export function lookAtLayout({ width, minTargetPx, minTextPx, most }: LookOptions): RawView {
  const view: DomWindow = globalThis as never;
  const { document } = view;
  const root = document.documentElement;
  const all = Array.from(document.querySelectorAll("body *")).slice(0, 20_000);
  const spot = (element: DomElement, px: number, detail: string): Spot => {
    const way: Spot["way"] = [];
    for (let at: DomElement | null = element; at !== null; at = at.parentElement) {
      const siblings = at.parentElement === null ? [at] : Array.from(at.parentElement.children);
      way.unshift({ tag: at.tagName.toLowerCase(), index: siblings.indexOf(at) });
    }
    const names = (element.getAttribute("class") ?? "").trim().split(/\s+/).filter(Boolean);
    const label = `${element.tagName.toLowerCase()}${element.id === "" ? "" : `#${element.id}`}${names
      .slice(0, 3)
      .map((name) => `.${name}`)
      .join("")}`;
    return {
      way,
      label: label.slice(0, 200),
      html: element.outerHTML.slice(0, 200),
      px: Math.round(px * 10) / 10,
      detail,
    };
  };
  const shown = all.flatMap((element) => {
    const style = view.getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isShown =
      style.display !== "none" && style.visibility === "visible" && box.width > 0 && box.height > 0;
    return isShown ? [{ element, style, box }] : [];
  });
  const scrolls = (element: DomElement): boolean => {
    for (
      let at = element.parentElement;
      at !== null && at !== document.body && at !== root;
      at = at.parentElement
    ) {
      if (view.getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  const contentWidth = Math.max(root.scrollWidth, document.body?.scrollWidth ?? 0);
  const limit = Math.max(width, root.clientWidth) + 1;
  const wide =
    contentWidth <= limit
      ? []
      : shown.filter(
          ({ element, box, style }) =>
            box.right > limit && style.position !== "fixed" && !scrolls(element),
        );
  // The innermost ones are the cause; what is around them only follows.
  const overflowing = wide.filter(
    ({ element }) => !wide.some((other) => other.element.parentElement === element),
  );
  const targets = shown.filter(({ element }) =>
    element.matches(
      "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=link],[role=checkbox],[role=tab],[role=switch],[role=menuitem],[onclick]",
    ),
  );
  const small = targets.filter(({ box }) => box.width < minTargetPx || box.height < minTargetPx);
  const gap = (one: Box, other: Box): number => {
    const x = (one.left + one.right) / 2;
    const y = (one.top + one.bottom) / 2;
    const dx = Math.max(other.left - x, 0, x - other.right);
    const dy = Math.max(other.top - y, 0, y - other.bottom);
    return Math.hypot(dx, dy);
  };
  const isInline = ({ element, style }: (typeof shown)[number]): boolean => {
    if (style.display !== "inline" || element.parentElement === null) return false;
    const around = Array.from(element.parentElement.childNodes);
    return around.some(
      ({ nodeType, textContent }) => nodeType === 3 && (textContent ?? "").trim() !== "",
    );
  };
  const isCrowded = (one: (typeof shown)[number]): boolean =>
    targets.some(({ element, box }) => {
      if (element === one.element || one.element.closest("label") !== null) return false;
      const isSmall = box.width < minTargetPx || box.height < minTargetPx;
      const centre = {
        left: (box.left + box.right) / 2,
        right: (box.left + box.right) / 2,
        top: (box.top + box.bottom) / 2,
        bottom: (box.top + box.bottom) / 2,
        width: 0,
        height: 0,
      };
      return isSmall ? gap(one.box, centre) < minTargetPx : gap(one.box, box) < minTargetPx / 2;
    });
  const texts = shown.filter(({ element }) =>
    Array.from(element.childNodes).some(
      ({ nodeType, textContent }) => nodeType === 3 && (textContent ?? "").trim().length > 1,
    ),
  );
  return {
    layoutWidth: view.innerWidth,
    contentWidth,
    contentHeight: root.scrollHeight,
    overflowing: overflowing
      .slice(0, most)
      .map(({ element, box }) =>
        spot(element, box.right - width, `its right edge is at ${Math.round(box.right)} px`),
      ),
    smallTargets: small
      .filter((one) => !isInline(one) && isCrowded(one))
      .slice(0, most)
      .map(({ element, box }) =>
        spot(
          element,
          Math.min(box.width, box.height),
          `${Math.round(box.width)} × ${Math.round(box.height)} px`,
        ),
      ),
    smallTexts: texts
      .filter(({ style }) => Number.parseFloat(style.fontSize) < minTextPx)
      .slice(0, most)
      .map(({ element, style }) =>
        spot(
          element,
          Number.parseFloat(style.fontSize),
          (element.textContent ?? "").trim().slice(0, 60),
        ),
      ),
    cutTexts: texts
      .filter(
        ({ element, style }) =>
          element.scrollWidth > element.clientWidth + 1 &&
          element.clientWidth > 0 &&
          style.overflowX !== "visible" &&
          style.overflowX !== "auto" &&
          style.overflowX !== "scroll",
      )
      .slice(0, most)
      .map(({ element }) =>
        spot(
          element,
          element.scrollWidth - element.clientWidth,
          (element.textContent ?? "").trim().slice(0, 60),
        ),
      ),
  };
}
