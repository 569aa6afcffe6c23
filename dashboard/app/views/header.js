/**
 * Name, the fleet in one line, how busy it is, and whether what you see is live.
 * @import { Store } from "../store.js"
 */
import { useState } from "preact/hooks";
import { counted } from "../format.js";
import { html } from "../html.js";
import { rateSeries, tally } from "../model.js";
import { applyTheme, nextTheme, storedTheme } from "../theme.js";

const LINK_WORDS = { connecting: "connecting", live: "live", lost: "reconnecting" };
const KINDS = /** @type {const} */ (["ready", "waking", "asleep", "failing"]);
const SPARK = { width: 120, height: 24 };

/** @param {{ store: Store, where: { storage: Storage, root: HTMLElement } }} props */
export function Header({ store, where }) {
  const { version } = store.model.value;
  const link = store.link.value;
  return html`
    <header class="top">
      <h1>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 4v15H6z" />
          <path d="M18 9v10h8z" opacity=".55" />
          <path d="M4 21h24l-4 7H8z" />
        </svg>
        Flotilla ${version && html`<small>${version}</small>`}
      </h1>
      <${Summary} store=${store} />
      <${Busy} store=${store} />
      <p class="link" data-link=${link} role="status">
        <i aria-hidden="true"></i>${LINK_WORDS[link]}
      </p>
      <${ThemeButton} where=${where} />
    </header>
  `;
}

/** @param {{ store: Store }} props */
function Summary({ store }) {
  const { workers } = store.model.value;
  const counts = tally(workers);
  const drones = workers.reduce((sum, worker) => sum + worker.drones.length, 0);
  return html`
    <div class="summary">
      <div class="bar" aria-hidden="true">
        ${KINDS.filter((kind) => counts[kind] > 0).map(
          (kind) => html`<i key=${kind} data-kind=${kind} style=${{ flexGrow: counts[kind] }}></i>`,
        )}
      </div>
      <p>
        <b>${counted(workers.length, "worker")}</b>
        ${KINDS.filter((kind) => counts[kind] > 0).map(
          (kind) => html`<span key=${kind} data-kind=${kind}>${counts[kind]} ${kind}</span>`,
        )}
        <span class="drones">${counted(drones, "drone")}</span>
      </p>
    </div>
  `;
}

/** Calls of the last minute, a bar a second. @param {{ store: Store }} props */
function Busy({ store }) {
  const series = rateSeries(store.model.value.rate, store.nowMs.value);
  const total = series.reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...series);
  const step = SPARK.width / series.length;
  return html`
    <figure class="busy">
      <svg viewBox="0 0 ${SPARK.width} ${SPARK.height}" aria-hidden="true">
        ${series.map((count, second) => {
          const height = count === 0 ? 1 : Math.max(3, (count / most) * SPARK.height);
          return html`<rect
            key=${second}
            class=${count === 0 ? "none" : ""}
            x=${second * step}
            y=${SPARK.height - height}
            width=${step * 0.7}
            height=${height}
            rx="0.6"
          />`;
        })}
      </svg>
      <figcaption>${counted(total, "call")} in the last minute</figcaption>
    </figure>
  `;
}

/** @param {{ where: { storage: Storage, root: HTMLElement } }} props */
function ThemeButton({ where }) {
  const [theme, setTheme] = useState(storedTheme(where.storage));
  const change = () => {
    const next = nextTheme(theme);
    applyTheme(next, where);
    setTheme(next);
  };
  const glyph = { auto: "◐", light: "○", dark: "●" }[theme];
  return html`
    <button type="button" class="quiet theme" title="Theme: ${theme}" onClick=${change}>
      <span aria-hidden="true">${glyph}</span><span class="unseen">Theme: ${theme}</span>
    </button>
  `;
}
