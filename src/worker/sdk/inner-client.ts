/** The client's side of an SDK-made server in the same process: one session, many calls. */
import { LATEST_LEGACY, WIRE, isRecord, messageOf } from "../../protocol/index.ts";
import { RequestError } from "../request-error.ts";

export type Json = Record<string, unknown>;

/** What both generations of the TypeScript SDK call a transport, as far as it is used here. */
interface SdkTransport {
  start(): Promise<void>;
  send(message: Json, options?: { relatedRequestId?: string | number }): Promise<void>;
  close(): Promise<void>;
  /** Set by the server when it connects. */
  onmessage?: (message: Json) => void;
}

/** `McpServer` or `Server` of the TypeScript SDK, version 1 or 2. */
export interface SdkServer {
  /** Takes its SDK's `Transport`. */
  connect(transport: never): Promise<void>;
  close(): Promise<void>;
}

/** What happens while a request runs. */
export interface CallEvents {
  signal: AbortSignal;
  notification(method: string, params: Json): void;
  /** A request of the server; what it rejects with is told to the server as an error. */
  request(method: string, params: Json): Promise<Json>;
}

export interface InnerClient {
  readonly hello: Json;
  request(method: string, params: Json, events?: CallEvents): Promise<Json>;
  close(): Promise<void>;
}

interface Running {
  resolve(result: Json): void;
  reject(error: Error): void;
  events: CallEvents | undefined;
}

/** All that may be asked: whether the client at the other end can answer shows when it is asked. */
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

export async function connectInside(
  server: SdkServer,
  onNotice: (method: string) => void,
): Promise<InnerClient> {
  const session = new InnerSession(onNotice);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- each SDK has its own word for the same shape
  await server.connect(session.transport() as never);
  const hello = await session.request("initialize", {
    protocolVersion: LATEST_LEGACY,
    capabilities: CAPABILITIES,
    clientInfo: { name: "flotilla-worker", version: "1" },
  });
  session.notify("notifications/initialized");
  return { hello, request: session.request, close: () => server.close() };
}

class InnerSession {
  readonly #running = new Map<number, Running>();
  readonly #onNotice: (method: string) => void;
  #lastId = 0;
  #transport: SdkTransport | undefined;

  constructor(onNotice: (method: string) => void) {
    this.#onNotice = onNotice;
  }

  transport(): SdkTransport {
    const transport: SdkTransport = {
      start: () => Promise.resolve(),
      send: (message, options) => {
        this.#receive(message, options?.relatedRequestId);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    this.#transport = transport;
    return transport;
  }

  readonly request: InnerClient["request"] = async (method, params, events) => {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const onAbort = (): void => {
      this.notify("notifications/cancelled", { requestId: id, reason: "cancelled" });
      reject(new Error("The call was cancelled."));
    };
    this.#running.set(id, { resolve, reject, events });
    events?.signal.addEventListener("abort", onAbort, { once: true });
    const meta = events === undefined ? {} : { _meta: { progressToken: id } };
    this.#deliver({ id, method, params: { ...params, ...meta } });
    try {
      return await promise;
    } finally {
      this.#running.delete(id);
      events?.signal.removeEventListener("abort", onAbort);
    }
  };

  notify(method: string, params: Json = {}): void {
    this.#deliver({ method, params });
  }

  /** Never in the same turn: an SDK that answers while it is being asked would find nobody waiting. */
  #deliver(message: Json): void {
    queueMicrotask(() => this.#transport?.onmessage?.({ jsonrpc: "2.0", ...message }));
  }

  #receive(message: Json, related: string | number | undefined): void {
    const { id, method, result, error } = message;
    if (typeof method === "string" && id !== undefined) {
      void this.#serve(message, this.#ownerOf(related));
    } else if (typeof method === "string") {
      const params = isRecord(message["params"]) ? message["params"] : {};
      const token = params["progressToken"];
      const owner = typeof token === "number" ? this.#running.get(token) : this.#ownerOf(related);
      owner?.events?.notification(method, params);
      this.#onNotice(method);
    } else if (isRecord(result)) this.#running.get(Number(id))?.resolve(result);
    else if (isRecord(error)) this.#running.get(Number(id))?.reject(wireError(error));
  }

  /** SDKs say which call a message belongs to when the tool used what its call gave it. */
  #ownerOf(related: string | number | undefined): Running | undefined {
    if (related !== undefined) return this.#running.get(Number(related));
    const [only] = this.#running.values();
    return this.#running.size === 1 ? only : undefined;
  }

  async #serve(message: Json, owner: Running | undefined): Promise<void> {
    const { id, method } = message;
    const params = isRecord(message["params"]) ? message["params"] : {};
    try {
      const result = method === "ping" ? {} : await owner?.events?.request(String(method), params);
      if (result === undefined) throw new Error("The question belongs to no call.");
      this.#deliver({ id, result });
    } catch (error) {
      this.#deliver({ id, error: { code: WIRE.internal, message: messageOf(error) } });
    }
  }
}

function wireError({ code, message, data }: Json): RequestError {
  return new RequestError(
    typeof code === "number" ? code : WIRE.internal,
    typeof message === "string" ? message : "The server failed.",
    data,
  );
}
