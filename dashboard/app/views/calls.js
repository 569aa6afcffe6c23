/**
 * The calls as they end, newest first.
 * @import { CallRow } from "../model.js"
 * @import { Store } from "../store.js"
 */
import { useRef, useState } from "preact/hooks";
import { duration, shortId, timeOfDay } from "../format.js";
import { html } from "../html.js";

const OUTCOMES = {
  ok: { glyph: "✓", words: "ok" },
  tool_error: { glyph: "!", words: "tool error" },
  error: { glyph: "✕", words: "error" },
  cancelled: { glyph: "–", words: "cancelled" },
};

/** @param {{ store: Store }} props */
export function Calls({ store }) {
  const [paused, setPaused] = useState(false);
  /** @type {{ current: CallRow[] }} */
  const held = useRef([]);
  const rows = paused ? held.current : store.model.value.calls;
  const toggle = () => {
    held.current = store.model.value.calls;
    setPaused(!paused);
  };
  return html`
    <section class="panel calls" aria-labelledby="calls-title">
      <header>
        <h2 id="calls-title">Calls</h2>
        <button type="button" class="quiet" aria-pressed=${paused} onClick=${toggle}>
          ${paused ? "Resume" : "Pause"}
        </button>
      </header>
      <div class="scroll" tabindex="-1">
        ${rows.length === 0 && html`<p class="empty">Nothing has been called yet. Pick a tool and try it.</p>`}
        <ol class="stream">
          ${rows.map((row) => html`<${Call} key=${row.key} row=${row} />`)}
        </ol>
      </div>
    </section>
  `;
}

/** @param {{ row: CallRow }} props */
function Call({ row: { atMs, call } }) {
  const { glyph, words } = OUTCOMES[call.outcome];
  return html`
    <li class="call" data-outcome=${call.outcome}>
      <details>
        <summary>
          <time>${timeOfDay(atMs)}</time>
          <b class="outcome" title=${words}
            ><span aria-hidden="true">${glyph}</span><span class="unseen">${words}</span></b
          >
          <span class="target"><span>${call.worker}</span> ${call.target || call.method}</span>
          ${call.wakeMs !== undefined && html`<span class="woke" title="Waited for a drone to start">woke ${duration(call.wakeMs)}</span>`}
          <span class="took">${duration(call.durationMs)}</span>
        </summary>
        <dl>
          <div>
            <dt>method</dt>
            <dd>${call.method}</dd>
          </div>
          ${
            call.drone &&
            html`<div>
              <dt>drone</dt>
              <dd title=${call.drone}>${shortId(call.drone)}</dd>
            </div>`
          }
          ${
            call.client &&
            html`<div>
              <dt>client</dt>
              <dd>${call.client}</dd>
            </div>`
          }
          <div>
            <dt>era</dt>
            <dd>${call.era}</dd>
          </div>
          <div>
            <dt>call</dt>
            <dd title=${call.callId}>${shortId(call.callId)}</dd>
          </div>
          ${
            call.error &&
            html`<div class="wide">
              <dt>error</dt>
              <dd>${call.error}</dd>
            </div>`
          }
        </dl>
      </details>
      ${call.error && html`<p class="error">${call.error}</p>`}
    </li>
  `;
}
