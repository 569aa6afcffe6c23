/** A document and settings → a worker with one tool per operation. */
import { FlotillaError } from "flotilla/protocol";
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createAuthoriser } from "./auth/credentials.ts";
import { createRedactor } from "./auth/redact.ts";
import { createTokenKeeper } from "./auth/token.ts";
import { member, textOf, type Json, type Operation } from "./document/model.ts";
import { toolNames } from "./document/names.ts";
import { operationsOf } from "./document/operations.ts";
import { parseDocument } from "./document/parse.ts";
import { isSelected } from "./document/select.ts";
import { isUrl } from "./load.node.ts";
import { createSender, type Send, type SenderOptions } from "./request/send.node.ts";
import { secretsOf, type Settings } from "./settings.ts";
import { operationTool, type ToolFace } from "./tool.ts";

/** A list that no client could use anyway. */
const MAX_TOOLS = 2000;
const TIMEOUT_MS = 30_000;

export interface WorkerParts {
  now?: () => number;
  makeSender?: (options: SenderOptions) => Send;
}

/** `text`: the document. Throws `config_invalid` with what is wrong and what to do. */
export async function createWorker(
  settings: Settings,
  text: string,
  parts: WorkerParts = {},
): Promise<Worker> {
  const { now = Date.now, makeSender = createSender } = parts;
  const document = await parseDocument(text, shownDocument(settings));
  const faces = facesOf(document, settings);
  const redactor = createRedactor(secretsOf(settings));
  // The keeper asks through the sender, whose policy names the keeper's addresses: tied together here.
  let send: Send | undefined;
  const late: Send = (request, options) => {
    if (send === undefined) throw new FlotillaError("internal", "No sender yet.");
    return send(request, options);
  };
  const onSecret = (secret: string) => redactor.add(secret);
  const tokens = createTokenKeeper({ send: late, now, onSecret });
  const authoriser = createAuthoriser(
    { document, credentials: settings.auth, base: settings.baseUrl ?? documentUrl(settings) },
    tokens,
  );
  const origins = [...faces.map(({ base }) => base), ...authoriser.tokenUrls].map(
    ({ origin }) => origin,
  );
  const policy = { origins: [...new Set(origins)], namedHosts: namedHosts(settings) };
  send = makeSender({ policy, timeoutMs: TIMEOUT_MS });
  const { headers } = settings;
  const toolParts = { document, headers, send, authoriser, tokens, redactor };
  return defineWorker({
    name: "openapi",
    version: textOf(member(member(document, "info"), "version"))?.slice(0, 100) ?? "0",
    title: textOf(member(member(document, "info"), "title"))?.slice(0, 200) ?? "API",
    instructions: instructionsOf(document),
    tools: faces.map((face) => operationTool(face, toolParts)),
  });
}

function facesOf(document: Json, settings: Settings): ToolFace[] {
  const operations = operationsOf(document);
  const names = toolNames(operations);
  const chosen = operations
    .map((operation, index) => ({ operation, name: names[index] ?? "" }))
    .filter(({ operation, name }) => isSelected(operation, name, settings.operations));
  if (chosen.length === 0) {
    const message = `${shownDocument(settings)} has ${operations.length} operations, and none is chosen.`;
    throw new FlotillaError("config_invalid", message, {
      hint: "Look at operations.include and operations.exclude.",
    });
  }
  if (chosen.length > MAX_TOOLS) {
    const message = `${shownDocument(settings)} has ${chosen.length} operations; ${MAX_TOOLS} are the most.`;
    throw new FlotillaError("config_invalid", message, {
      hint: "Choose some with operations.include.",
    });
  }
  return chosen.map((face) => ({ ...face, base: baseOf(face.operation, settings) }));
}

function baseOf(operation: Operation, settings: Settings): URL {
  if (settings.baseUrl !== undefined) return settings.baseUrl;
  const base = documentUrl(settings)?.href;
  const url = URL.canParse(operation.server, base) ? new URL(operation.server, base) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  const message = `The document does not say where its server is (${operation.server.slice(0, 200)}).`;
  throw new FlotillaError("config_invalid", message, { hint: "Give baseUrl." });
}

/** Written by the operator, not by the document. */
function namedHosts(settings: Settings): string[] {
  const tokenUrls = Object.values(settings.auth).flatMap(({ tokenUrl }) => tokenUrl ?? []);
  const urls = [settings.baseUrl?.href, documentUrl(settings)?.href, ...tokenUrls];
  return urls.flatMap((url) =>
    url !== undefined && URL.canParse(url) ? new URL(url).hostname : [],
  );
}

function documentUrl({ document }: Settings): URL | undefined {
  return isUrl(document) ? new URL(document) : undefined;
}

/** A URL's query may hold a token. */
function shownDocument(settings: Settings): string {
  const url = documentUrl(settings);
  return url === undefined ? settings.document : `${url.origin}${url.pathname}`;
}

function instructionsOf(document: Json): string {
  const info = member(document, "info");
  const about = textOf(member(info, "description"))?.slice(0, 1000);
  const title = textOf(member(info, "title"))?.slice(0, 200) ?? "an HTTP API";
  return [`The operations of ${title} as tools.`, ...(about === undefined ? [] : [about])].join(
    "\n",
  );
}
