/**
 * The workers: what each is, how it is, its drones, and the two things one can do to it.
 * @import { DroneRecord } from "../../../src/protocol/records.ts"
 * @import { WorkerStatus } from "../../../src/protocol/api.ts"
 * @import { Store } from "../store.js"
 */
import { useState } from "preact/hooks";
import { counted, shortId, span } from "../format.js";
import { html } from "../html.js";
import { stateKind } from "../model.js";

const STATE_WORDS = {
  asleep: "asleep",
  waking: "waking",
  ready: "ready",
  backing_off: "backing off",
  crash_loop: "crash loop",
};

/** @param {{ store: Store, showTools: (worker: string) => void }} props */
export function Fleet({ store, showTools }) {
  const workers = store.workers.value;
  return html`
    <section class="panel fleet" aria-labelledby="fleet-title">
      <header><h2 id="fleet-title">Fleet</h2></header>
      <div class="scroll" tabindex="-1">
        ${workers.length === 0 && html`<p class="empty">${store.loaded.value ? "No workers yet. Add some to flotilla.yaml." : "Loading…"}</p>`}
        <ul class="workers">
          ${workers.map((worker) => html`<${Worker} key=${worker.name} worker=${worker} store=${store} showTools=${showTools} />`)}
        </ul>
      </div>
    </section>
  `;
}

/** @param {{ worker: WorkerStatus, store: Store, showTools: (worker: string) => void }} props */
function Worker({ worker, store, showTools }) {
  const { health, drones } = worker;
  const kind = stateKind(health.state);
  const nowMs = store.nowMs.value;
  return html`
    <li class="worker" data-kind=${kind}>
      <div class="line">
        <h3>${worker.name}</h3>
        <span class="state" data-kind=${kind}
          ><i aria-hidden="true"></i>${STATE_WORDS[health.state]}</span
        >
        <span class="since">${span(nowMs - health.sinceMs)}</span>
        <${Actions} worker=${worker} store=${store} />
      </div>
      <p class="what" title=${worker.summary}>${worker.summary}</p>
      <p class="facts">
        <span>${worker.origin}</span>
        <${Offers} worker=${worker} showTools=${showTools} />
        ${drones.map((drone) => html`<${Drone} key=${drone.id} drone=${drone} nowMs=${nowMs} />`)}
      </p>
      <${Reason} worker=${worker} nowMs=${nowMs} />
    </li>
  `;
}

/** @param {{ worker: WorkerStatus, showTools: (worker: string) => void }} props */
function Offers({ worker, showTools }) {
  const { offers } = worker;
  if (offers === null) return html`<span>not met yet</span>`;
  const others = [
    offers.prompts > 0 && counted(offers.prompts, "prompt"),
    offers.resources > 0 && counted(offers.resources, "resource"),
  ].filter(Boolean);
  return html`
    ${
      offers.tools > 0 &&
      html`<button type="button" class="inline" onClick=${() => showTools(worker.name)}>
        ${counted(offers.tools, "tool")}
      </button>`
    }
    ${others.map((words) => html`<span key=${words}>${words}</span>`)}
  `;
}

/** @param {{ drone: DroneRecord, nowMs: number }} props */
function Drone({ drone, nowMs }) {
  const title = `${drone.id} · ${drone.launcher} ${drone.handle} · ${drone.reason}`;
  return html`
    <span class="drone" data-phase=${drone.phase} title=${title}>
      ${shortId(drone.id)}
      <small>${drone.phase} ${span(nowMs - (drone.readyAtMs ?? drone.createdAtMs))}</small>
    </span>
  `;
}

/** @param {{ worker: WorkerStatus, nowMs: number }} props */
function Reason({ worker: { health }, nowMs }) {
  if (stateKind(health.state) !== "failing") return null;
  const waitMs = (health.retryAtMs ?? 0) - nowMs;
  const next =
    health.retryAtMs === undefined
      ? ""
      : waitMs > 0
        ? `Next try in ${span(waitMs)}.`
        : "Trying now.";
  return html`
    <p class="reason">
      <span>${health.lastError ?? "It ended without a reason."}</span>
      <small>${counted(health.failures, "failure")} in a row. ${next}</small>
    </p>
  `;
}

/** @param {{ worker: WorkerStatus, store: Store }} props */
function Actions({ worker, store }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  if (worker.kind === "builtin") return null;
  const alive = worker.drones.length > 0;
  const act = async () => {
    setBusy(true);
    setSaid("");
    try {
      await (alive ? store.retire(worker.name) : store.wake(worker.name));
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return html`
    <button
      type="button"
      class="small"
      disabled=${busy}
      onClick=${act}
      aria-label="${alive ? "Retire" : "Wake"} ${worker.name}"
    >
      ${alive ? "Retire" : "Wake"}
    </button>
    ${said && html`<span class="said" role="alert">${said}</span>`}
  `;
}
