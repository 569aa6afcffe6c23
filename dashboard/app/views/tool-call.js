/**
 * One tool: what it says of itself, the form, the call and its answer.
 * @import { Progress, Tool, ToolResult } from "../mcp.js"
 * @import { Store } from "../store.js"
 * @import { Choice, Toolbox } from "../toolbox.js"
 * @import { Entries, Field } from "../schema-form.js"
 */
import { useMemo, useRef, useState } from "preact/hooks";
import { duration } from "../format.js";
import { html } from "../html.js";
import { argumentsOf, entriesOf, fieldsOf, parseArguments } from "../schema-form.js";
import { FieldRow } from "./field.js";
import { Failure, Result } from "./result.js";

/**
 * @typedef {{ kind: "idle" }
 *   | { kind: "running", progress?: Progress }
 *   | { kind: "done", tookMs: number, result: ToolResult }
 *   | { kind: "failed", tookMs: number, error: unknown }} Run
 */

/** @param {{ store: Store, toolbox: Toolbox, choice: Choice, back: () => void }} props */
export function ToolCall({ toolbox, choice, back }) {
  const { worker, tool } = choice;
  const [run, setRun] = useState(/** @type {Run} */ ({ kind: "idle" }));
  const abort = useRef(/** @type {AbortController | undefined} */ (undefined));

  /** @param {Record<string, unknown>} args */
  const send = async (args) => {
    abort.current?.abort();
    const control = new AbortController();
    abort.current = control;
    const startMs = performance.now();
    setRun({ kind: "running" });
    /** @type {Run} */
    let ended;
    try {
      const result = await toolbox.call(choice, args, {
        signal: control.signal,
        onProgress: (progress) => setRun({ kind: "running", progress }),
      });
      ended = { kind: "done", tookMs: performance.now() - startMs, result };
    } catch (error) {
      const shown = control.signal.aborted ? new Error("Cancelled.") : error;
      ended = { kind: "failed", tookMs: performance.now() - startMs, error: shown };
    }
    // A newer call has taken this one's place.
    if (abort.current === control) setRun(ended);
  };

  return html`
    <article class="toolcall">
      <button type="button" class="quiet back" onClick=${back}>← All tools</button>
      <h3><span>${worker}</span> <code>${tool.name}</code></h3>
      <${About} tool=${tool} />
      <${Form}
        tool=${tool}
        running=${run.kind === "running"}
        send=${send}
        cancel=${() => abort.current?.abort()}
      />
      <div aria-live="polite"><${Outcome} run=${run} /></div>
    </article>
  `;
}

/** @param {{ tool: Tool }} props */
function About({ tool }) {
  const hints = tool.annotations ?? {};
  const badges = [
    hints.readOnlyHint === true && "only reads",
    hints.readOnlyHint !== true && hints.destructiveHint === true && "may destroy",
    hints.idempotentHint === true && "safe to repeat",
    hints.openWorldHint === true && "reaches outside",
  ].filter(Boolean);
  return html`
    ${tool.description && html`<p class="about">${tool.description}</p>`}
    ${badges.length > 0 && html`<p class="badges">${badges.map((words) => html`<span key=${words}>${words}</span>`)}</p>`}
  `;
}

/**
 * @param {object} props
 * @param {Tool} props.tool
 * @param {boolean} props.running
 * @param {(args: Record<string, unknown>) => void} props.send
 * @param {() => void} props.cancel
 */
function Form({ tool, running, send, cancel }) {
  const fields = useMemo(() => fieldsOf(tool.inputSchema), [tool]);
  const [entries, setEntries] = useState(/** @type {Entries} */ ({}));
  const [raw, setRaw] = useState(/** @type {string | undefined} */ (undefined));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (running) return;
    const read = raw === undefined ? argumentsOf(fields, entries) : readRaw(raw);
    setFaults(read.faults);
    if (Object.keys(read.faults).length === 0) send(read.args);
  };
  const toggle = () => {
    if (raw === undefined) setRaw(JSON.stringify(argumentsOf(fields, entries).args, null, 2));
    else {
      const { args, faults: found } = readRaw(raw);
      setFaults(found);
      if (Object.keys(found).length > 0) return;
      setEntries(entriesOf(fields, args));
      setRaw(undefined);
    }
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return html`
    <form onSubmit=${submit} onKeyDown=${onKey} novalidate>
      ${
        raw === undefined
          ? fields.map(
              (field) =>
                html`<${FieldRow}
                  key=${field.name}
                  field=${field}
                  typed=${entries[field.name] ?? ""}
                  fault=${faults[field.name]}
                  type=${(/** @type {string} */ typed) => setEntries({ ...entries, [field.name]: typed })}
                />`,
            )
          : html`<${Raw} raw=${raw} setRaw=${setRaw} fault=${faults["arguments"]} />`
      }
      <div class="send">
        <button type="submit" class="primary" disabled=${running}>
          ${running ? "Calling…" : "Call"}
        </button>
        ${running && html`<button type="button" onClick=${cancel}>Cancel</button>`}
        <button type="button" class="quiet" aria-pressed=${raw !== undefined} onClick=${toggle}>
          ${raw === undefined ? "Edit as JSON" : "Edit as form"}
        </button>
        <kbd>Ctrl Enter</kbd>
      </div>
    </form>
  `;
}

/** @param {string} raw @returns {{ args: Record<string, unknown>, faults: Record<string, string> }} */
function readRaw(raw) {
  try {
    return { args: parseArguments(raw), faults: {} };
  } catch (error) {
    return {
      args: {},
      faults: { arguments: error instanceof Error ? error.message : String(error) },
    };
  }
}

/** @param {{ raw: string, setRaw: (text: string) => void, fault: string | undefined }} props */
function Raw({ raw, setRaw, fault }) {
  return html`
    <label class="field">
      <span class="name">arguments</span>
      <textarea
        class="code"
        rows="8"
        spellcheck=${false}
        value=${raw}
        aria-invalid=${fault !== undefined}
        onInput=${(/** @type {any} */ event) => setRaw(event.target.value)}
      ></textarea>
      ${fault && html`<span class="fault" role="alert">${fault}</span>`}
    </label>
  `;
}

/** @param {{ run: Run }} props */
function Outcome({ run }) {
  if (run.kind === "idle") return null;
  if (run.kind === "running") {
    const { progress } = run;
    const share = progress?.total ? progress.progress / progress.total : undefined;
    return html`<p class="running">
      <progress value=${share}></progress> ${progress?.message ?? "Waiting for the answer…"}
    </p>`;
  }
  const failed = run.kind === "failed" || run.result.isError === true;
  return html`
    <section class="outcome" data-failed=${failed}>
      <header>
        <b>${run.kind === "failed" ? "Failed" : failed ? "The tool reports an error" : "Answer"}</b>
        <span>${duration(run.tookMs)}</span>
      </header>
      ${run.kind === "failed" ? html`<${Failure} error=${run.error} />` : html`<${Result} result=${run.result} />`}
    </section>
  `;
}
