import type { HttpClient } from "../../gateway/index.ts";

/** An `HttpClient` that is loaded with the first request: a fleet without remote workers never pays for one. */
export function createLazyHttpClient(): HttpClient {
  let loading: Promise<HttpClient> | undefined;
  let client: HttpClient | undefined;
  async function first(): Promise<HttpClient> {
    client = await (loading ??= load());
    return client;
  }
  return {
    // Waiting for what is there already would cost every call some turns.
    request: (request) =>
      client === undefined
        ? first().then((loaded) => loaded.request(request))
        : client.request(request),
    close: async () => (await loading)?.close(),
  };
}

async function load(): Promise<HttpClient> {
  const [direct, general] = await Promise.all([
    import("../../gateway/upstream/http/direct/direct-http-client.node.ts"),
    import("../../gateway/upstream/http/undici-http-client.node.ts"),
  ]);
  return direct.createDirectHttpClient({ general: general.createUndiciHttpClient() });
}
