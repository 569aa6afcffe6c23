/** What the model is told of an answer, and what machines are. */
import type { CallToolResult, ContentBlock } from "flotilla/worker";
import { failure, image, structured } from "flotilla/worker";
import type { Json, Operation } from "../document/model.ts";
import type { Content } from "./read-body.ts";

/** What a model reads at once; the structured content has all of it. */
const MAX_TEXT = 20_000;
const MAX_ERROR_TEXT = 4_000;

export const ANSWER_SCHEMA: Json = {
  type: "object",
  properties: {
    status: { type: "integer", description: "The HTTP status." },
    content_type: { type: "string", description: "The media type of the answer." },
    body: { description: "The answer: JSON, or text." },
    base64: {
      type: "string",
      description: "The answer's bytes when they are neither JSON nor text.",
    },
    cut: {
      type: "boolean",
      description: "The answer was longer than is taken; this is its start.",
    },
    pages: {
      type: "array",
      items: {},
      description: "The bodies of all pages, when several were asked for.",
    },
    next: { type: "object", description: "Arguments that ask for the next page." },
  },
  required: ["status"],
};

export interface Outcome {
  status: number;
  contentType: string | undefined;
  content: Content;
  isCut: boolean;
  pages?: readonly unknown[];
  next?: Json;
}

export function resultOf(outcome: Outcome): CallToolResult {
  const { content, next } = outcome;
  const pages = outcome.pages ?? [];
  const blocks: ContentBlock[] = [];
  if (content.kind === "bytes" && content.mediaType.startsWith("image/")) {
    blocks.push(image(Buffer.from(content.value, "base64"), content.mediaType));
  }
  const several = pages.length > 1 ? [`${pages.length} pages:`] : [];
  const shown =
    pages.length > 1 ? shortened(JSON.stringify(pages), MAX_TEXT) : contentText(content);
  const more = next === undefined ? [] : [`Next page: ${JSON.stringify(next)}`];
  const cut = outcome.isCut ? ["The answer was longer than is taken; this is its start."] : [];
  return structured(valueOf(outcome), [...several, shown, ...cut, ...more].join("\n"), ...blocks);
}

export interface ErrorFacts {
  operation: Operation;
  outcome: Outcome;
  /** Security schemes that nothing was configured for. */
  missing: readonly string[];
  retryAfter: string | undefined;
}

export function errorOf({ operation, outcome, missing, retryAfter }: ErrorFacts): CallToolResult {
  const { status, content } = outcome;
  const said =
    content.kind === "none" || content.kind === "bytes"
      ? ""
      : `: ${contentText(content).slice(0, MAX_ERROR_TEXT)}`;
  const lines = [`${operation.method} ${operation.path} was answered with HTTP ${status}${said}`];
  if ((status === 401 || status === 403) && missing.length > 0) {
    lines.push(`hint: no credentials are configured for ${missing.join(" or ")}.`);
  }
  if (retryAfter !== undefined && /^[\w ,:]{1,40}$/.test(retryAfter))
    lines.push(`hint: retry after ${retryAfter}.`);
  return failure(lines.join("\n"), valueOf(outcome));
}

function valueOf({ status, contentType, content, isCut, pages, next }: Outcome): Json {
  return {
    status,
    ...(contentType === undefined ? {} : { content_type: contentType }),
    ...(content.kind === "json" || content.kind === "text" ? { body: content.value } : {}),
    ...(content.kind === "bytes" ? { base64: content.value } : {}),
    ...(isCut ? { cut: true } : {}),
    ...(pages === undefined || pages.length < 2 ? {} : { pages }),
    ...(next === undefined ? {} : { next }),
  };
}

function contentText(content: Content): string {
  if (content.kind === "none") return "Done; the answer is empty.";
  if (content.kind === "json") return shortened(JSON.stringify(content.value), MAX_TEXT);
  if (content.kind === "text") return shortened(content.value, MAX_TEXT);
  return `${content.mediaType}, ${Math.floor((content.value.length * 3) / 4)} bytes (base64 in the structured content).`;
}

function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length} characters in all; the rest is in the structured content)`;
}
