/** One operation as a tool. */
import { isFlotillaError } from "flotilla/protocol";
import { defineTool, failure } from "flotilla/worker";
import type { CallToolResult, Tool, ToolAnnotations, ToolContext } from "flotilla/worker";
import { argumentsOf, nextPage, pagingOf, type NextPage, type Paging } from "./answer/paging.ts";
import { contentOf } from "./answer/read-body.ts";
import { ANSWER_SCHEMA, errorOf, resultOf, type Outcome } from "./answer/result.ts";
import type { Authorised, Authoriser } from "./auth/credentials.ts";
import type { Redactor } from "./auth/redact.ts";
import type { TokenKeeper } from "./auth/token.ts";
import { inputSchemaOf } from "./document/input-schema.ts";
import type { Json, Operation } from "./document/model.ts";
import { ArgumentProblem } from "./request/body.ts";
import { buildRequest } from "./request/build.ts";
import type { Answer, Outgoing, Send } from "./request/send.node.ts";

/** All that is taken of one call's answers. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_PAGES = 20;
const MAX_DESCRIPTION = 1500;

export interface ToolParts {
  document: Json;
  headers: Readonly<Record<string, string>>;
  send: Send;
  authoriser: Authoriser;
  tokens: TokenKeeper;
  redactor: Redactor;
}

export interface ToolFace {
  operation: Operation;
  name: string;
  /** Where its server is. */
  base: URL;
}

export function operationTool(face: ToolFace, parts: ToolParts): Tool {
  const { operation, name } = face;
  const paging = pagingOf(parts.document, operation);
  const pagesName = operation.parameters.some(({ argument }) => argument === "pages")
    ? "max_pages"
    : "pages";
  const extra = paging === undefined ? {} : { [pagesName]: PAGES_SCHEMA };
  return defineTool<Json>({
    name,
    title: (operation.summary ?? `${operation.method} ${operation.path}`).slice(0, 100),
    description: descriptionOf(operation),
    input: inputSchemaOf(parts.document, operation, extra),
    output: ANSWER_SCHEMA,
    annotations: annotationsOf(operation.method),
    run: async (input, context) => {
      const { [pagesName]: asked, ...rest } = input;
      const pages =
        paging === undefined
          ? { args: input, count: 1 }
          : { args: rest, count: Number(asked ?? 1) };
      try {
        return cleaned(await call({ face, parts, paging, ...pages }, context), parts.redactor);
      } catch (error) {
        return refusal(error, parts.redactor);
      }
    },
  });
}

const PAGES_SCHEMA: Json = {
  type: "integer",
  minimum: 1,
  maximum: MAX_PAGES,
  default: 1,
  description: "How many pages to fetch, one after the other.",
};

/** By the method's own promise (RFC 9110, 9.2): what is safe, what may be repeated, what takes away. */
export function annotationsOf(method: string): ToolAnnotations {
  const isSafe = ["GET", "HEAD", "OPTIONS", "TRACE"].includes(method);
  return {
    readOnlyHint: isSafe,
    ...(isSafe ? {} : { destructiveHint: ["DELETE", "PUT", "PATCH"].includes(method) }),
    idempotentHint: isSafe || method === "PUT" || method === "DELETE",
    openWorldHint: true,
  };
}

function descriptionOf({ method, path, summary, description, deprecated }: Operation): string {
  const texts = [
    deprecated ? "Deprecated." : "",
    summary ?? "",
    description ?? "",
    `${method} ${path}`,
  ];
  const distinct = texts.filter((text, index) => text !== "" && texts.indexOf(text) === index);
  return distinct.map((text) => text.trim().slice(0, MAX_DESCRIPTION)).join("\n");
}

interface Call {
  face: ToolFace;
  parts: ToolParts;
  paging: Paging | undefined;
  args: Json;
  /** Pages wanted. */
  count: number;
}

async function call(
  { face, parts, paging, args, count }: Call,
  context: ToolContext,
): Promise<CallToolResult> {
  const { operation } = face;
  let request = await buildRequest(operation, args, { ...parts, base: face.base });
  let last = { args };
  const bodies: unknown[] = [];
  const seen = new Set<string>();
  let room = MAX_ANSWER_BYTES;
  for (;;) {
    seen.add(request.url.href);
    const { answer, missing } = await authorisedSend(
      { face, parts, request },
      { ...context, room },
    );
    const outcome = outcomeOf(answer);
    if (answer.status >= 400 || (answer.status >= 300 && answer.status !== 304)) {
      return errorOf({ operation, outcome, missing, retryAfter: answer.headers["retry-after"] });
    }
    const { content } = outcome;
    bodies.push(content.kind === "json" || content.kind === "text" ? content.value : null);
    room -= answer.body.byteLength;
    const facts = {
      args: last.args,
      url: request.url,
      link: answer.headers["link"],
      value: content.kind === "json" ? content.value : undefined,
    };
    const next = paging === undefined || answer.isCut ? undefined : nextPage(paging, facts);
    const following =
      next === undefined ? undefined : await requestOf(next, { face, parts, request });
    const ends =
      following === undefined ||
      bodies.length >= count ||
      room <= 0 ||
      seen.has(following.url.href);
    if (ends || next === undefined) {
      const more = next === undefined ? undefined : argumentsOf(next, operation, last.args);
      return resultOf({ ...outcome, pages: bodies, ...(more === undefined ? {} : { next: more }) });
    }
    context.progress(bodies.length, count);
    request = following;
    if ("args" in next) last = next;
  }
}

async function requestOf(
  next: NextPage,
  { face, parts, request }: { face: ToolFace; parts: ToolParts; request: Outgoing },
) {
  if ("url" in next) return { ...request, url: next.url };
  return buildRequest(face.operation, next.args, { ...parts, base: face.base });
}

/** A token that is no longer taken is renewed once: a call answered with 401 has not run. */
async function authorisedSend(
  { face, parts, request }: { face: ToolFace; parts: ToolParts; request: Outgoing },
  { signal, room }: { signal: AbortSignal; room: number },
): Promise<{ answer: Answer; missing: Authorised["missing"] }> {
  const once = async () => {
    const ready = await parts.authoriser.apply(face.operation, request, signal);
    return { ready, answer: await parts.send(ready.request, { signal, maxBytes: room }) };
  };
  let { ready, answer } = await once();
  if (answer.status === 401 && ready.tokens.length > 0) {
    for (const token of ready.tokens) parts.tokens.forget(token);
    ({ ready, answer } = await once());
  }
  return { answer, missing: ready.missing };
}

function outcomeOf(answer: Answer): Outcome {
  const content = contentOf(answer);
  return {
    status: answer.status,
    contentType: answer.headers["content-type"],
    content,
    isCut: answer.isCut,
  };
}

/** Cleaned as JSON text: escapes of what is cleaned could differ, so secrets with quotes are cleaned in both forms. */
function cleaned(result: CallToolResult, redactor: Redactor): CallToolResult {
  const text = JSON.stringify(result);
  const clean = redactor.clean(text);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the same result with some texts replaced
  return clean === text ? result : (JSON.parse(clean) as CallToolResult);
}

function refusal(error: unknown, redactor: Redactor): CallToolResult {
  if (error instanceof ArgumentProblem) return failure(error.message);
  if (!isFlotillaError(error)) throw error;
  const { message, hint } = error;
  return failure(redactor.clean(hint === undefined ? message : `${message}\nhint: ${hint}`));
}
