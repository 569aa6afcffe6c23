/**
 * The newest log lines of every part, following along until one scrolls up to read.
 * @import { LogRow } from "../model.js"
 * @import { Store } from "../store.js"
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { shortId, timeOfDay } from "../format.js";
import { html } from "../html.js";

const LEVELS = ["debug", "info", "warn", "error"];
/** Closer to the end than this counts as being at the end. */
const NEAR_PX = 24;

/** @param {{ store: Store }} props */
export function Logs({ store }) {
  const [level, setLevel] = useState("info");
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const rows = store.model.value.logs.filter(
    ({ log }) => LEVELS.indexOf(log.level) >= LEVELS.indexOf(level),
  );
  const last = rows.at(-1)?.key;
  useEffect(() => {
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last]);
  const onScroll = () => {
    const element = list.current;
    if (element)
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
  };
  return html`
    <section class="panel logs" aria-labelledby="logs-title">
      <header>
        <h2 id="logs-title">Logs</h2>
        <label class="pick">
          <span class="unseen">Least level</span>
          <select
            value=${level}
            onChange=${(/** @type {any} */ event) => setLevel(event.target.value)}
          >
            ${LEVELS.map((name) => html`<option key=${name} value=${name}>${name === "error" ? "errors" : `${name} and up`}</option>`)}
          </select>
        </label>
      </header>
      <div
        class="scroll"
        ref=${list}
        onScroll=${onScroll}
        tabindex="0"
        role="log"
        aria-label="Log lines"
        aria-live="off"
      >
        ${rows.length === 0 && html`<p class="empty">Quiet so far.</p>`}
        <ol class="lines">
          ${rows.map((row) => html`<${Line} key=${row.key} row=${row} />`)}
        </ol>
      </div>
    </section>
  `;
}

/** @param {{ row: LogRow }} props */
function Line({ row: { atMs, log } }) {
  const fields = Object.entries(log.fields ?? {});
  return html`
    <li data-level=${log.level}>
      <time>${timeOfDay(atMs)}</time>
      <b>${log.source}</b>
      <span>
        ${log.message}
        ${fields.map(([name, value]) => html`<em key=${name}>${name}=${shown(value)}</em>`)}
      </span>
    </li>
  `;
}

/** Ids are told apart by their ends. @param {unknown} value */
function shown(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[a-z]+-[0-9a-f]{10,}$/.test(value) ? shortId(value) : value;
}
