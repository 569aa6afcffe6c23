/**
 * What one writes first: node:http in front, undici's pool behind, bytes forwarded as they are, nothing checked.
 * Usage: bare-proxy.ts PORT BACKEND_PORT
 */
import { createServer } from "node:http";
import { Pool } from "undici";

const pool = new Pool(`http://127.0.0.1:${process.argv[3]}`, { connections: 256 });

createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const { method = "POST", url = "/", headers } = request;
    const { connection: _hop, ...kept } = headers;
    pool
      .request({ path: url, method, headers: kept, body: Buffer.concat(parts) })
      .then(async (answer) => {
        const body = Buffer.from(await answer.body.arrayBuffer());
        response.writeHead(answer.statusCode, { "content-type": "application/json" });
        return response.end(body);
      })
      .catch(() => response.writeHead(502).end());
  });
}).listen(Number(process.argv[2]), "127.0.0.1", 2048);
