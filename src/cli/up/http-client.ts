import type { HttpClient } from "../../gateway/index.ts";

/** An `HttpClient` that is loaded with the first request: a fleet without remote workers never pays for one. */
export function createLazyHttpClient(): HttpClient {
  let client: Promise<HttpClient> | undefined;
  return {
    request: async (request) => (await (client ??= load())).request(request),
    close: async () => (await client)?.close(),
  };
}

async function load(): Promise<HttpClient> {
  const [direct, general] = await Promise.all([
    import("../../gateway/upstream/http/direct/direct-http-client.node.ts"),
    import("../../gateway/upstream/http/undici-http-client.node.ts"),
  ]);
  return direct.createDirectHttpClient({ general: general.createUndiciHttpClient() });
}
