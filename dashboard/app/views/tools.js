/**
 * Every tool of the fleet, searchable; one opened shows what it is, a form to call it, and the answer.
 * @import { Tool } from "../mcp.js"
 * @import { Store } from "../store.js"
 * @import { Choice, Toolbox } from "../toolbox.js"
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { searchTools } from "../toolbox.js";
import { ToolCall } from "./tool-call.js";

/** @param {{ store: Store, toolbox: Toolbox, search: string, setSearch: (text: string) => void }} props */
export function Tools({ store, toolbox, search, setSearch }) {
  const [choice, setChoice] = useState(/** @type {Choice | undefined} */ (undefined));
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => setChoice(undefined), [search]);
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      const inField =
        event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "/" || inField || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      setChoice(undefined);
      input.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return html`
    <section class="panel tools" aria-labelledby="tools-title">
      <header>
        <h2 id="tools-title">Tools</h2>
        <label class="search">
          <span class="unseen">Search tools</span>
          <input
            ref=${input}
            type="search"
            placeholder="Search  /"
            value=${search}
            onInput=${(/** @type {any} */ event) => setSearch(event.target.value)}
          />
        </label>
      </header>
      <div class="scroll" tabindex="-1">
        ${
          choice === undefined
            ? html`<${List}
                store=${store}
                toolbox=${toolbox}
                search=${search}
                choose=${setChoice}
              />`
            : html`<${ToolCall}
                key=${`${choice.worker}/${choice.tool.name}`}
                store=${store}
                toolbox=${toolbox}
                choice=${choice}
                back=${() => setChoice(undefined)}
              />`
        }
      </div>
    </section>
  `;
}

/** @param {{ store: Store, toolbox: Toolbox, search: string, choose: (choice: Choice) => void }} props */
function List({ store, toolbox, search, choose }) {
  const shelves = searchTools(toolbox.shelves.value, search);
  const unmet = store.workers.value.filter(({ offers }) => offers === null);
  const failed = [...toolbox.shelves.value].filter(([, { error }]) => error !== undefined);
  if (shelves.length === 0 && failed.length === 0) {
    const words = search === "" ? "No tools to show yet." : `Nothing matches “${search}”.`;
    return html`<p class="empty">${words}</p>
      <${Unmet} names=${unmet.map(({ name }) => name)} />`;
  }
  return html`
    ${shelves.map(
      ([worker, tools]) => html`
        <h3 class="shelf" key=${`${worker} shelf`}>${worker} <small>${tools.length}</small></h3>
        <ul class="toollist" key=${worker}>
          ${tools.map((tool) => html`<${Row} key=${tool.name} tool=${tool} choose=${() => choose({ worker, tool })} />`)}
        </ul>
      `,
    )}
    ${failed.map(([worker, { error }]) => html`<p class="empty" key=${worker}>The tools of ${worker} cannot be listed: ${error}</p>`)}
    <${Unmet} names=${unmet.map(({ name }) => name)} />
  `;
}

/** @param {{ tool: Tool, choose: () => void }} props */
function Row({ tool, choose }) {
  const title = tool.title ?? tool.annotations?.title;
  return html`
    <li>
      <button type="button" onClick=${choose}>
        <code>${tool.name}</code>
        <span>${firstSentence(tool.description ?? title ?? "")}</span>
      </button>
    </li>
  `;
}

/** @param {{ names: string[] }} props */
function Unmet({ names }) {
  if (names.length === 0) return null;
  return html`<p class="empty">
    Not met yet: ${names.join(", ")}. Wake a worker once and its tools show here.
  </p>`;
}

/** @param {string} text */
function firstSentence(text) {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}
