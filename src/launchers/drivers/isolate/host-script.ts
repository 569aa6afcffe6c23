/**
 * What runs inside workerd: a router, and one object per drone that holds the drone's isolate. The object is what makes
 * an isolate last (a stub from the loader belongs to the request that made it) and what frees it: aborted, it lets go.
 */
export const CONTROL_HEADER = "flotilla-control";

export const HOST_SCRIPT = `
import { DurableObject } from "cloudflare:workers";
const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer;
export class Drone extends DurableObject {
  async fetch(request) {
    const isOrder = request.headers.has("${CONTROL_HEADER}");
    if (isOrder && request.method === "PUT") {
      const { main, script, wasm, env, compatibilityDate, compatibilityFlags } = await request.json();
      const modules = { [main]: { js: script } };
      for (const [name, text] of Object.entries(wasm)) modules[name] = { wasm: bytesOf(text) };
      // No way out: a drone answers and asks nobody.
      const code = { compatibilityDate, compatibilityFlags, mainModule: main, modules, env, globalOutbound: null };
      this.isolate = this.env.LOADER.load(code);
      return new Response(null, { status: 204 });
    }
    if (isOrder) this.ctx.abort("ended");
    if (this.isolate === undefined) return new Response("No such drone.", { status: 404 });
    return this.isolate.getEntrypoint().fetch(request);
  }
}
const known = new Set();
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, id = "", ...rest] = url.pathname.split("/");
    const control = request.headers.get("${CONTROL_HEADER}");
    if (control !== null) {
      if (control !== env.CONTROL) return new Response("Forbidden.", { status: 403 });
      if (request.method === "GET") return new Response(null, { status: 204 });
      const isStart = request.method === "PUT";
      if (isStart) known.add(id);
      else if (!known.delete(id)) return new Response(null, { status: 204 });
      if (isStart) return env.DRONES.get(id).fetch(request);
      await env.DRONES.get(id).fetch(request).catch(() => undefined);
      return new Response(null, { status: 204 });
    }
    // Pages in a browser on this machine have no business here, whatever name they reached it by.
    if (request.headers.has("origin") || url.hostname !== "127.0.0.1") return new Response("Forbidden.", { status: 403 });
    if (!known.has(id)) return new Response("No such drone.", { status: 404 });
    url.pathname = "/" + rest.join("/");
    return env.DRONES.get(id).fetch(new Request(url, request));
  },
};
`;
