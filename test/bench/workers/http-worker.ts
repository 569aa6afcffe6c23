/**
 * A Streamable HTTP worker on a bare socket: one process, every path a worker. It reads just enough HTTP for the
 * clients of the benchmark, so that the systems measured in front of it are the limit and not this.
 * Usage: http-worker.ts PORT
 */
import { createServer, type Socket } from "node:net";
import { answerTo } from "./answers.ts";

const END = Buffer.from("\r\n\r\n");
const LENGTH = /content-length: *(\d+)/i;

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let out = "";
    for (;;) {
      const head = pending.indexOf(END);
      if (head < 0) break;
      const length = Number(LENGTH.exec(pending.toString("latin1", 0, head))?.[1] ?? 0);
      if (pending.length < head + 4 + length) break;
      const isPost = pending[0] === 80;
      out += isPost ? answer(pending.toString("latin1", head + 4, head + 4 + length)) : NOTHING;
      pending = pending.subarray(head + 4 + length);
    }
    if (out !== "") socket.write(out, "latin1");
  });
}

const NOTHING = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n";

function answer(message: string): string {
  const body = answerTo(message);
  if (body === "") return "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

createServer(serve).listen(Number(process.argv[2]), "127.0.0.1", 2048);
