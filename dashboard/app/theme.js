/** Light, dark, or as the system says; remembered on this device only. */

const KEY = "flotilla-theme";
const ORDER = /** @type {const} */ (["auto", "light", "dark"]);
/** @typedef {(typeof ORDER)[number]} Theme */

/** @param {Storage} storage @returns {Theme} */
export function storedTheme(storage) {
  const stored = storage.getItem(KEY);
  return ORDER.find((theme) => theme === stored) ?? "auto";
}

/** @param {Theme} theme @returns {Theme} */
export function nextTheme(theme) {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "auto";
}

/** @param {Theme} theme @param {{ storage: Storage, root: HTMLElement }} where */
export function applyTheme(theme, { storage, root }) {
  storage.setItem(KEY, theme);
  if (theme === "auto") root.removeAttribute("data-theme");
  else root.dataset["theme"] = theme;
}
