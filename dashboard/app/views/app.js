/**
 * The page: four panels side by side where there is room, one at a time under a tab bar where there is not.
 * @import { Store } from "../store.js"
 * @import { Toolbox } from "../toolbox.js"
 */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { Calls } from "./calls.js";
import { Fleet } from "./fleet.js";
import { Header } from "./header.js";
import { Logs } from "./logs.js";
import { Tools } from "./tools.js";

const PANELS = /** @type {const} */ (["fleet", "tools", "calls", "logs"]);
const TITLES = { fleet: "Fleet", tools: "Tools", calls: "Calls", logs: "Logs" };

/** @param {{ store: Store, toolbox: Toolbox, where: { storage: Storage, root: HTMLElement } }} props */
export function App({ store, toolbox, where }) {
  const [panel, setPanel] = useState(/** @type {(typeof PANELS)[number]} */ ("fleet"));
  /** Seeing a worker's tools from the fleet: the search is the worker's name. */
  const [search, setSearch] = useState("");
  /** @param {string} worker */
  const showTools = (worker) => {
    setSearch(worker);
    setPanel("tools");
  };
  return html`
    <${Header} store=${store} where=${where} />
    <${Trouble} store=${store} />
    <main class="panels" data-panel=${panel}>
      <${Fleet} store=${store} showTools=${showTools} />
      <${Tools} store=${store} toolbox=${toolbox} search=${search} setSearch=${setSearch} />
      <${Calls} store=${store} />
      <${Logs} store=${store} />
    </main>
    <nav class="tabs" aria-label="Panels">
      ${PANELS.map(
        (name) => html`
          <button
            type="button"
            key=${name}
            aria-current=${panel === name ? "page" : undefined}
            onClick=${() => setPanel(name)}
          >
            ${TITLES[name]}
          </button>
        `,
      )}
    </nav>
  `;
}

/** @param {{ store: Store }} props */
function Trouble({ store }) {
  const lost = store.link.value === "lost";
  const trouble = store.trouble.value;
  if (!lost && trouble === undefined) return null;
  const words = lost ? "The connection to Flotilla is lost. Trying again…" : trouble;
  return html`<p class="trouble" role="status">${words}</p>`;
}
