import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { published, workerOf } from "./documents.ts";
import { json, startServer, type EchoServer, type Seen } from "./echo-server.ts";

const document = published("3.0/json/security.json");

describe("security schemes of a published document", () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const send = async (name: string, auth: object): Promise<Seen> => {
    const worker = await workerOf(document, { baseUrl: server.url, auth });
    const { isError, text } = await worker.call(name, {});
    worker.close();
    expect(isError, text).toBe(false);
    return server.seen.at(-1) as Seen;
  };

  it("puts an API key into query, header and cookie", async () => {
    const query = await send("get_anything_api_key", { apiKey_query: { apiKey: "k&y" } });
    expect(query.url).toBe("/anything/apiKey?apiKey=k%26y");
    const header = await send("put_anything_api_key", { apiKey_header: { apiKey: "key" } });
    expect(header.headers["x-api-key"]).toBe("key");
    const cookie = await send("post_anything_api_key", { apiKey_cookie: { apiKey: "key" } });
    expect(cookie.headers["cookie"]).toBe("api_key=key");
  });
  it("says who it is by name and password, and by token", async () => {
    // RFC 7617's own example.
    const basic = { basic: { username: "Aladdin", password: "open sesame" } };
    expect((await send("post_anything_basic", basic)).headers["authorization"]).toBe(
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    );
    const bearer = await send("post_anything_bearer", { bearer: { token: "abc" } });
    expect(bearer.headers["authorization"]).toBe("Bearer abc");
  });
  it("sends only what the operation asks for", async () => {
    const auth = { basic: { username: "a", password: "b" }, apiKey_query: { apiKey: "key" } };
    const none = await send("post_anything_no_auth", auth);
    expect(none).toMatchObject({ url: "/anything/no-auth" });
    expect(none.headers["authorization"]).toBeUndefined();
    expect((await send("get_anything_optional_auth", auth)).url).toContain("apiKey=key");
    expect((await send("get_anything_optional_auth", {})).url).toBe("/anything/optional-auth");
  });
  it("shows no secret that a server sends back", async () => {
    const secret = "s3cret-that-is-echoed";
    const auth = { bearer: { token: secret }, basic: { username: "me", password: secret } };
    const worker = await workerOf(document, {
      baseUrl: server.url,
      auth,
      headers: { "X-Extra": `Key ${secret}` },
    });
    for (const name of ["post_anything_bearer", "post_anything_basic"]) {
      const { text, value } = await worker.call(name, {});
      expect(server.seen.at(-1)?.headers["x-extra"]).toBe(`Key ${secret}`);
      expect(text + JSON.stringify(value)).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(`me:${secret}`).toString("base64"));
      expect(text).toContain("•••");
    }
    worker.close();
  });
});

describe("mistakes are told at the start", () => {
  it.each([
    [{ bearr: { token: "x" } }, 'no security scheme "bearr"'],
    [{ bearer: { apiKey: "x" } }, "auth.bearer does not fit its scheme (http)"],
    [{ apiKey_header: { token: "x" } }, "auth.apiKey_header does not fit its scheme (apiKey)"],
    [{ openIdConnect: { clientId: "x", clientSecret: "y" } }, "auth.openIdConnect does not fit"],
  ])("%j", async (auth, message) => {
    await expect(workerOf(document, { auth })).rejects.toThrow(message);
  });
  it("names the schemes that have no credentials when the server refuses", async () => {
    await using server = await startServer((_, response) => json(response, { why: "who?" }, 401));
    const worker = await workerOf(document, { baseUrl: server.url });
    const { isError, text, value } = await worker.call("post_anything_bearer", {});
    expect(isError).toBe(true);
    expect(text).toBe(
      'POST /anything/bearer was answered with HTTP 401: {"why":"who?"}\nhint: no credentials are configured for bearer.',
    );
    expect(value).toMatchObject({ status: 401, body: { why: "who?" } });
    worker.close();
  });
});

describe("OAuth 2.0 client credentials", () => {
  /** A token server and its API: takes only the newest token, as after a rotation. */
  async function tokenServer({ lifeS = 3600, takesHeader = true } = {}) {
    let issued = 0;
    const server = await startServer((seen, response) => {
      if (seen.url !== "/token") {
        const isNewest = seen.headers["authorization"] === `Bearer token-${issued}`;
        return json(response, { token: seen.headers["authorization"] }, isNewest ? 200 : 401);
      }
      const form = new URLSearchParams(seen.body);
      const inBody = form.get("client_secret") === "very secret";
      const inHeader = seen.headers["authorization"] === `Basic ${btoa("app:very%20secret")}`;
      if (form.get("grant_type") !== "client_credentials" || !(takesHeader ? inHeader : inBody)) {
        return json(response, { error: "invalid_client", error_description: seen.body }, 401);
      }
      issued += 1;
      json(response, { access_token: `token-${issued}`, token_type: "bearer", expires_in: lifeS });
    });
    return { server, issued: () => issued, revoke: () => (issued += 1) };
  }
  const authOf = (server: EchoServer, clientSecret = "very secret") => ({
    oauth2: { clientId: "app", clientSecret, tokenUrl: `${server.url}/token` },
  });
  const NAME = "post_anything_oauth2";

  it("asks once, keeps the token, and renews it before it expires", async () => {
    const { server, issued } = await tokenServer();
    let nowMs = 0;
    const settings = { baseUrl: server.url, auth: authOf(server) };
    const worker = await workerOf(document, settings, { now: () => nowMs });
    const calls = await Promise.all([1, 2, 3].map(() => worker.call(NAME, {})));
    expect(calls.map(({ isError }) => isError)).toEqual([false, false, false]);
    expect(issued()).toBe(1);
    expect(new URLSearchParams(server.seen[0]?.body).get("scope")).toBe("write:things");
    nowMs = 3_539_000;
    await worker.call(NAME, {});
    expect(issued()).toBe(1);
    nowMs = 3_541_000;
    expect((await worker.call(NAME, {})).isError).toBe(false);
    expect(issued()).toBe(2);
    worker.close();
    await server[Symbol.asyncDispose]();
  });
  it("asks again when a token is refused, and shows none", async () => {
    const { server, revoke } = await tokenServer({ takesHeader: false });
    const worker = await workerOf(document, { baseUrl: server.url, auth: authOf(server) });
    expect((await worker.call(NAME, {})).isError).toBe(false);
    revoke();
    const { isError, text, value } = await worker.call(NAME, {});
    expect(isError).toBe(false);
    expect(text + JSON.stringify(value)).not.toContain("token-3");
    worker.close();
    await server[Symbol.asyncDispose]();
  });
  it("says why there is no token, without what was sent", async () => {
    const { server } = await tokenServer();
    const worker = await workerOf(document, {
      baseUrl: server.url,
      auth: authOf(server, "wrong-secret"),
    });
    const { isError, text } = await worker.call(NAME, {});
    expect(isError).toBe(true);
    expect(text).toContain("gave no token (HTTP 401: invalid_client)");
    expect(text).not.toContain("wrong");
    worker.close();
    await server[Symbol.asyncDispose]();
  });
});
