/** A scripted HTTP worker in the test's own process: what it is asked and how it answers is in plain sight. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  http: string;
  path: string;
  headers: IncomingMessage["headers"];
  id?: number | string;
  method: string;
  params?: Record<string, unknown>;
}

export interface Upstream extends AsyncDisposable {
  url: string;
  asked: Asked[];
  /** How many requests were open at one moment, at most. */
  mostAtOnce(): number;
}

export type Answering = (asked: Asked, response: ServerResponse) => void | Promise<void>;

export async function serveUpstream(answer: Answering): Promise<Upstream> {
  const asked: Asked[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    most = Math.max(most, (open += 1));
    response.on("close", () => (open -= 1));
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const message = (body === "" ? {} : JSON.parse(body)) as Partial<Asked>;
      const one: Asked = {
        ...message,
        method: message.method ?? "",
        http: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
      };
      asked.push(one);
      void answer(one, response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export const result = ({ id }: Asked, value: object): object => ({
  jsonrpc: "2.0",
  id,
  result: value,
});

/** A modern worker with one tool that says where it was called. */
export function modernAnswer(asked: Asked, response: ServerResponse): void {
  if (asked.http !== "POST") return void response.writeHead(405).end();
  const list = { resultType: "complete", ttlMs: 60_000, cacheScope: "public" };
  if (asked.method === "server/discover") {
    const capabilities = { tools: {} };
    const supportedVersions = ["2026-07-28"];
    return send(response, 200, result(asked, { ...list, supportedVersions, capabilities }));
  }
  if (asked.method === "tools/list") {
    const tools = [{ name: "where", inputSchema: { type: "object" } }];
    return send(response, 200, result(asked, { ...list, tools }));
  }
  if (asked.method === "tools/call") {
    const content = [{ type: "text", text: asked.path }];
    return send(response, 200, result(asked, { resultType: "complete", content }));
  }
  const error = { code: -32601, message: "unknown method" };
  return send(response, 404, { jsonrpc: "2.0", id: asked.id, error });
}
