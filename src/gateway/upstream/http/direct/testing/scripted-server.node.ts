/** A server on a bare socket that says what a test tells it to, byte for byte, and remembers what it was asked. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export interface Asked {
  /** The n-th connection, from 0. */
  connection: number;
  text: string;
  body: string;
}

export interface ScriptedServer {
  url: string;
  asked: Asked[];
  /** All connections so far; those that have ended are destroyed. */
  sockets: Socket[];
  close(): void;
}

/** `answer` is called for each complete request. */
export async function createScriptedServer(
  answer: (asked: Asked, socket: Socket) => void,
): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = sockets.push(socket) - 1;
    let held = "";
    socket.on("error", () => socket.destroy());
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      held += chunk;
      for (let whole = wholeOf(held); whole !== undefined; whole = wholeOf(held)) {
        held = held.slice(whole.text.length);
        const one = { ...whole, connection };
        asked.push(one);
        answer(one, socket);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    asked,
    sockets,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function wholeOf(text: string): Omit<Asked, "connection"> | undefined {
  const head = text.indexOf("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  const end = head + 4 + length;
  return head < 0 || text.length < end
    ? undefined
    : {
        text: text.slice(0, end),
        body: Buffer.from(text.slice(head + 4, end), "latin1").toString(),
      };
}

export function plain(body: string, ...lines: string[]): string {
  const all = ["HTTP/1.1 200 OK", `Content-Length: ${Buffer.byteLength(body)}`, ...lines];
  return `${all.join("\r\n")}\r\n\r\n${body}`;
}
