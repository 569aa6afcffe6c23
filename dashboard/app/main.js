/** Composition root of the page: the browser's own things are handed to everything else here. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { createApi } from "./api.js";
import { html } from "./html.js";
import { createMcp } from "./mcp.js";
import { createStore } from "./store.js";
import { keepStream } from "./stream.js";
import { applyTheme, storedTheme } from "./theme.js";
import { createToolbox } from "./toolbox.js";
import { App } from "./views/app.js";

const fetcher = globalThis.fetch.bind(globalThis);
/** @param {number} ms @param {() => void} fire */
const after = (ms, fire) => void setTimeout(fire, ms);

const store = createStore({ api: createApi(fetcher), now: Date.now, after });
const toolbox = createToolbox(createMcp(fetcher));
const where = { storage: localStorage, root: document.documentElement };

applyTheme(storedTheme(localStorage), where);
effect(() => void toolbox.follow(store.workers.value));
keepStream({
  open: (url) => new EventSource(url),
  after,
  onEvents: (events) => store.receive(events),
  onState: (state) => store.linked(state),
});
void store.refresh();
store.tick();

const root = document.querySelector("#app");
if (root) render(html`<${App} store=${store} toolbox=${toolbox} where=${where} />`, root);
