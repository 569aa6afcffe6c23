/**
 * The Kubernetes API over HTTPS: small JSON requests, and answers that go on line by line. One server is ever spoken to,
 * the configured one; redirections are not followed. https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import * as http from "node:http";
import * as https from "node:https";
import { isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { notReady, unknownFailure } from "../../decisions.ts";
import { createLineSplitter } from "../lines.node.ts";
import type { Access } from "./access.node.ts";
import { decisionOf, retryAfterOf, type Refusal } from "./decision.ts";
import type { Json } from "./json.ts";

export interface ApiCall {
  method?: "GET" | "PATCH" | "DELETE";
  kind: Kind;
  /** Absent: all of that kind in the namespace. */
  name?: string;
  query?: Readonly<Record<string, string>>;
  body?: Json;
  signal?: AbortSignal;
}

/** The kinds a fleet needs, each with its path. */
export const KINDS = {
  deployments: "apis/apps/v1",
  pods: "api/v1",
  services: "api/v1",
  secrets: "api/v1",
  serviceaccounts: "api/v1",
  networkpolicies: "apis/networking.k8s.io/v1",
  poddisruptionbudgets: "apis/policy/v1",
} as const;
export type Kind = keyof typeof KINDS;

export const FIELD_MANAGER = "flotilla";

export interface Api {
  namespace: string;
  /** Answers of any status; rejects with `launcher_not_ready` when there is none. */
  call(call: ApiCall): Promise<Refusal>;
  /** For answers that must be good; others become one of the four decisions. */
  must(call: ApiCall): Promise<unknown>;
  /** Server-side apply: makes the object as described, or leaves it as it is when it is so already. */
  apply(kind: Kind, object: Json & { metadata: { name: string } }): Promise<unknown>;
  /** Each line of a watch, objects with their metadata alone, until it ends or `signal` aborts. */
  lines(call: ApiCall, onLine: (text: string) => void): Promise<void>;
  close(): void;
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const CALL_TIMEOUT_MS = 30_000;
/** Longer than a watch lasts: bookmarks come every minute. */
const SILENCE_MS = 5 * 60_000;
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const MAX_SOCKETS = 16;
/** Two writers at one moment: the second reads what the first wrote. */
const CONFLICT_TRIES = 3;

export function createApi(access: Access): Api {
  const { namespace } = access;
  const { open, close } = createConnection(access);
  const call: Api["call"] = async (what) => {
    const sent = await open(what);
    sent.setTimeout(CALL_TIMEOUT_MS, () => sent.destroy(new Error("no answer within 30 s")));
    return answerOf(await answered(sent));
  };
  const must: Api["must"] = async (what) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await call(what);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      if (answer.status !== 409 || tries >= CONFLICT_TRIES) throw refused(answer, what, namespace);
    }
  };
  return {
    namespace,
    call,
    must,
    apply: (kind, object) =>
      must({
        method: "PATCH",
        kind,
        name: object.metadata.name,
        query: { fieldManager: FIELD_MANAGER, force: "true" },
        body: object,
      }),
    async lines(what, onLine) {
      const sent = await open(what);
      sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error("no word for 5 minutes")));
      const answer = await answered(sent);
      if (answer.statusCode !== 200) throw refused(await answerOf(answer), what, namespace);
      const lines = createLineSplitter({ maxBytes: MAX_LINE_BYTES, onOverlong: "cut", onLine });
      for await (const chunk of answer) if (Buffer.isBuffer(chunk)) lines.push(chunk);
    },
    close,
  };
}

function createConnection({ server, namespace, tls, token }: Access) {
  const isTls = server.protocol === "https:";
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = isTls ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
  const open = async (what: ApiCall): Promise<http.ClientRequest> => {
    const method = what.method ?? "GET";
    const payload = what.body === undefined ? undefined : JSON.stringify(what.body);
    const bearer = await token?.();
    const sent = (isTls ? https : http).request(addressOf(server, namespace, what), {
      agent,
      method,
      headers: {
        accept: what.query?.["watch"] === "1" ? METADATA_ONLY : "application/json",
        "user-agent": FIELD_MANAGER,
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(payload !== undefined && {
          // JSON is YAML; this type alone means server-side apply.
          "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
          "content-length": String(Buffer.byteLength(payload)),
        }),
      },
      ...(what.signal !== undefined && { signal: what.signal }),
    });
    sent.end(payload);
    return sent;
  };
  return { open, close: () => agent.destroy() };
}

function addressOf(server: URL, namespace: string, { kind, name, query }: ApiCall): URL {
  const parts = [KINDS[kind], "namespaces", namespace, kind, ...(name === undefined ? [] : [name])];
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, "")}/${parts.join("/")}`;
  url.search = new URLSearchParams(query).toString();
  return url;
}

const refused = (answer: Refusal, { method = "GET", kind }: ApiCall, namespace: string) =>
  decisionOf(answer, { what: `${VERBS[method]} ${kind}`, namespace });

const VERBS = { GET: "list or watch", PATCH: "create and patch", DELETE: "delete" } as const;

function answered(sent: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    // Also after the answer began: an abort then ends the answer, which tells it itself.
    sent.on("error", (error) => reject(unreachable(error)));
  });
}

async function answerOf(answer: http.IncomingMessage): Promise<Refusal> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw unknownFailure("Kubernetes answered with too much.");
      chunks.push(chunk);
    }
  } catch (error) {
    throw isFlotillaError(error) ? error : unreachable(error);
  }
  return {
    status: answer.statusCode ?? 0,
    body: parsed(Buffer.concat(chunks).toString("utf8")),
    retryAfterMs: retryAfterOf(answer.headers["retry-after"]),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown) {
  return notReady("The Kubernetes API server cannot be reached.", {
    hint: "Check the address and the certificates of this context.",
    cause,
    data: { reason: messageOf(cause) },
  });
}
