/** A legacy client that holds on to its session and to nothing else: each request takes whatever connection is free. */
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";

export interface Sent {
  status: number;
  sessionId: string | undefined;
  /** JSON-RPC messages of the answer, plain or as events. */
  messages: Message[];
}

export interface Message {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

export interface OpenStream {
  status: number;
  /** What came, in order, with event ids. */
  events: { id: string | undefined; message: Message }[];
  lastEventId(): string | undefined;
  readonly ended: boolean;
  close(): void;
}

/** `keepAlive` false takes a new connection, hence another gateway, for every request. */
export function connections(keepAlive: boolean): Agent {
  return keepAlive
    ? new Agent({ keepAlive: true, maxSockets: 64, scheduling: "fifo" })
    : new Agent({ keepAlive: false });
}

export class SessionClient {
  readonly #url: string;
  readonly #agent: Agent;
  sessionId: string | undefined;
  #nextId = 1;

  constructor(url: string, agent: Agent) {
    this.#url = url;
    this.#agent = agent;
  }

  async open(capabilities: Record<string, unknown> = {}): Promise<this> {
    const clientInfo = { name: "journey", version: "1.0.0" };
    const params = { protocolVersion: "2025-11-25", capabilities, clientInfo };
    const sent = await this.send({ id: 0, method: "initialize", params });
    if (sent.sessionId === undefined) throw new Error(`no session: ${JSON.stringify(sent)}`);
    this.sessionId = sent.sessionId;
    await this.send({ method: "notifications/initialized" });
    return this;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<Message> {
    const sent = await this.ask("tools/call", { name, arguments: args });
    const answer = sent.messages.at(-1);
    if (answer === undefined) throw new Error(`${name}: ${sent.status} and no answer`);
    return answer;
  }

  ask(method: string, params: Record<string, unknown> = {}): Promise<Sent> {
    return this.send({ id: this.#nextId++, method, params });
  }

  async send(message: Message): Promise<Sent> {
    const response = await this.#request("POST", message);
    const text = await bodyOf(response);
    return {
      status: response.statusCode ?? 0,
      sessionId: headerOf(response, "mcp-session-id"),
      messages: messagesOf(response, text).map(({ message: each }) => each),
    };
  }

  async end(): Promise<number> {
    const response = await this.#request("DELETE");
    await bodyOf(response);
    return response.statusCode ?? 0;
  }

  /** A GET, or with a message the POST whose answer streams. */
  async stream(options: { message?: Message; lastEventId?: string } = {}): Promise<OpenStream> {
    const { message, lastEventId } = options;
    const response = await this.#request(
      message === undefined ? "GET" : "POST",
      message,
      lastEventId,
    );
    return openStream(response);
  }

  #request(method: string, message?: Message, lastEventId?: string): Promise<IncomingMessage> {
    const body = message === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", ...message });
    const headers: Record<string, string> = {
      accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
      ...(body === "" ? {} : { "content-type": "application/json" }),
      ...(this.sessionId === undefined
        ? {}
        : { "mcp-session-id": this.sessionId, "mcp-protocol-version": "2025-11-25" }),
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const sending = httpRequest(this.#url, { method, headers, agent: this.#agent }, resolve);
      sending.on("error", reject);
      sending.end(body);
    });
  }
}

function openStream(response: IncomingMessage): OpenStream {
  const events: OpenStream["events"] = [];
  let last: string | undefined;
  let rest = "";
  let ended = false;
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      last = /^id: (.*)$/m.exec(part)?.[1] ?? last;
      events.push(...eventsOf(part));
    }
  });
  const end = (): void => {
    ended = true;
  };
  response.on("error", end).on("close", end);
  return {
    status: response.statusCode ?? 0,
    events,
    lastEventId: () => last,
    get ended() {
      return ended;
    },
    close: () => response.destroy(),
  };
}

function bodyOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => (text += chunk));
    response.on("end", () => resolve(text));
    response.on("error", reject);
    response.on("close", () => reject(new Error("the answer broke off")));
  });
}

function messagesOf(response: IncomingMessage, text: string): OpenStream["events"] {
  if (text === "") return [];
  if (!(headerOf(response, "content-type") ?? "").startsWith("text/event-stream")) {
    return [{ id: undefined, message: JSON.parse(text) as Message }];
  }
  return text.split("\n\n").flatMap(eventsOf);
}

function eventsOf(part: string): OpenStream["events"] {
  const data = /^data: (.+)$/m.exec(part)?.[1];
  if (data === undefined) return [];
  return [{ id: /^id: (.*)$/m.exec(part)?.[1], message: JSON.parse(data) as Message }];
}

function headerOf(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function textOf(message: Message | undefined): string {
  const content = message?.result?.["content"] as { text?: string }[] | undefined;
  return content?.[0]?.text ?? `no text: ${JSON.stringify(message)}`;
}
