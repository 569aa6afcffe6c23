/**
 * One field of a tool's form, labelled, described and complaining next to itself.
 * @import { Field } from "../schema-form.js"
 */
import { html } from "../html.js";

/**
 * @typedef {object} FieldProps
 * @property {Field} field
 * @property {string} typed
 * @property {string | undefined} fault
 * @property {(typed: string) => void} type
 */

/** @param {FieldProps} props */
export function FieldRow({ field, typed, fault, type }) {
  const id = `field-${field.name}`;
  const about = [field.description !== "" && `${id}-about`, fault && `${id}-fault`]
    .filter(Boolean)
    .join(" ");
  /** What every kind of control has in common. */
  const shared = {
    id,
    name: field.name,
    value: typed,
    "aria-required": field.required,
    "aria-invalid": fault !== undefined,
    "aria-describedby": about === "" ? undefined : about,
  };
  return html`
    <div class="field">
      <label for=${id}>
        <span class="name">${field.label}</span>
        ${field.required ? html`${" "}<span class="needed">needed</span>` : null}
        ${field.kind === "json" ? html`<span class="shape">${field.shape}, as JSON</span>` : null}
      </label>
      <${Control} field=${field} shared=${shared} type=${type} />
      ${field.description && html`<p class="about" id="${id}-about">${field.description}</p>`}
      ${fault && html`<p class="fault" id="${id}-fault" role="alert">${fault}</p>`}
    </div>
  `;
}

/** @param {{ field: Field, shared: Record<string, unknown>, type: (typed: string) => void }} props */
function Control({ field, shared, type }) {
  const onInput = (/** @type {any} */ event) => type(event.target.value);
  const placeholder = field.fallback === undefined ? "" : shown(field.fallback);
  if (field.kind === "choice" || field.kind === "boolean") {
    return html`
      <select ...${shared} onChange=${onInput}>
        <option value="">${placeholder === "" ? "—" : `default: ${placeholder}`}</option>
        ${optionsOf(field).map(([value, words]) => html`<option key=${value} value=${value}>${words}</option>`)}
      </select>
    `;
  }
  if (field.kind === "number" || field.kind === "integer") {
    const step = field.kind === "integer" ? "1" : "any";
    return html`<input
      type="number"
      ...${shared}
      step=${step}
      min=${field.minimum}
      max=${field.maximum}
      placeholder=${placeholder}
      onInput=${onInput}
    />`;
  }
  const code = field.kind === "json" || field.long;
  if (!code)
    return html`<input
      type="text"
      ...${shared}
      placeholder=${placeholder}
      autocomplete="off"
      spellcheck=${false}
      onInput=${onInput}
    />`;
  const rows = Math.min(14, Math.max(3, String(shared["value"]).split("\n").length));
  return html`<textarea
    class="code"
    ...${shared}
    rows=${rows}
    placeholder=${placeholder}
    spellcheck=${false}
    onInput=${onInput}
  ></textarea>`;
}

/** @param {Field} field @returns {[value: string, words: string][]} */
function optionsOf(field) {
  if (field.kind === "boolean")
    return [
      ["true", "yes"],
      ["false", "no"],
    ];
  return field.choices.map((choice, index) => [String(index), shown(choice)]);
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
