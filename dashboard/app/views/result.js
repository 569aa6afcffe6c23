/**
 * What a tool answered, block by block, and what went wrong when nothing was answered. Everything is shown as text or
 * as a picture; nothing a tool returns becomes markup.
 * @import { Block, ToolResult } from "../mcp.js"
 */
import { useState } from "preact/hooks";
import { Refusal } from "../api.js";
import { span } from "../format.js";
import { html } from "../html.js";

/** @param {{ result: ToolResult }} props */
export function Result({ result }) {
  const blocks = result.content ?? [];
  if (result.resultType === "input_required") {
    return html`<p>
        The tool asks its client something before it goes on. This page cannot answer it; call it
        from an MCP client.
      </p>
      <${Json} value=${result} />`;
  }
  const structured = result.structuredContent;
  return html`
    ${blocks.map((block, index) => html`<${Content} key=${index} block=${block} />`)}
    ${blocks.length === 0 && structured === undefined && html`<p class="empty">An empty answer.</p>`}
    ${
      structured !== undefined &&
      html`<details open=${blocks.length === 0}>
        <summary>Structured answer</summary>
        <${Json} value=${structured} />
      </details>`
    }
  `;
}

/** @param {{ error: unknown }} props */
export function Failure({ error }) {
  const message = error instanceof Error ? error.message : String(error);
  const facts = error instanceof Refusal ? error : undefined;
  return html`
    <p class="message">${message}</p>
    ${facts?.hint && html`<p>${facts.hint}</p>`}
    <p class="small">
      ${facts?.code && html`<code>${facts.code}</code>`}
      ${facts?.retryAfterMs !== undefined && html` It can be tried again in ${span(facts.retryAfterMs)}.`}
    </p>
  `;
}

/** @param {{ block: Block }} props */
function Content({ block }) {
  if (block.type === "text") return html`<${Text} text=${block.text ?? ""} />`;
  if (block.type === "image")
    return html`<${Picture} data=${block.data ?? ""} mime=${block.mimeType ?? ""} />`;
  if (block.type === "audio")
    return html`<audio controls src=${`data:${block.mimeType};base64,${block.data}`}></audio>`;
  if (block.type === "resource_link")
    return html`<p class="resource"><code>${block.uri}</code> ${block.name}</p>`;
  const resource = block.type === "resource" ? block.resource : undefined;
  if (!resource) return html`<${Json} value=${block} />`;
  const isPicture = resource.blob !== undefined && resource.mimeType?.startsWith("image/");
  return html`
    <p class="resource"><code>${resource.uri}</code> ${resource.mimeType}</p>
    ${isPicture && html`<${Picture} data=${resource.blob} mime=${resource.mimeType} />`}
    ${resource.text !== undefined && html`<${Text} text=${resource.text} />`}
  `;
}

/** Text that is JSON is easier to read indented; anything else stays as it came. @param {{ text: string }} props */
function Text({ text }) {
  const trimmed = text.trim();
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
    try {
      return html`<${Json} value=${JSON.parse(trimmed)} />`;
    } catch {
      // Only looked like it.
    }
  }
  return html`<div class="block">
    <${Copy} text=${text} />
    <pre tabindex="0">${text}</pre>
  </div>`;
}

/** @param {{ value: unknown }} props */
function Json({ value }) {
  const text = JSON.stringify(value, null, 2);
  return html`<div class="block">
    <${Copy} text=${text} />
    <pre class="json" tabindex="0">${text}</pre>
  </div>`;
}

/** As an image, even an SVG can neither run scripts nor fetch. @param {{ data: string, mime: string }} props */
function Picture({ data, mime }) {
  if (!/^image\/[\w.+-]+$/.test(mime))
    return html`<p class="empty">A picture of a kind that cannot be shown: ${mime}</p>`;
  return html`<img
    class="picture"
    alt="Returned by the tool"
    src=${`data:${mime};base64,${data}`}
  />`;
}

/** @param {{ text: string }} props */
function Copy({ text }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
  };
  return html`<button type="button" class="quiet copy" onClick=${copy}>
    ${done ? "Copied" : "Copy"}
  </button>`;
}
