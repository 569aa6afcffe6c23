/** OAuth 2.0 client credentials (RFC 6749, 4.4): one token per set of scopes, kept until shortly before it expires. */
import { FlotillaError } from "flotilla/protocol";
import { isJson } from "../document/model.ts";
import type { Send } from "../request/send.node.ts";

export interface TokenRequest {
  tokenUrl: URL;
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
}

export interface TokenKeeper {
  /** The same token for everybody until it is about to expire; one request at a time. */
  get(request: TokenRequest, signal: AbortSignal): Promise<string>;
  /** The server did not take it: the next `get` asks for a new one. */
  forget(request: TokenRequest): void;
}

export interface TokenParts {
  send: Send;
  now: () => number;
  /** Told of each token, so that it is never shown. */
  onSecret: (secret: string) => void;
}

const MAX_TOKENS = 100;
const MAX_ANSWER_BYTES = 64 * 1024;
/** When the server does not say how long (RFC 6749, 5.1, only recommends that it does). */
const DEFAULT_LIFE_S = 300;
/** Renewed so long before the end, or a tenth of its life for those that live shortly. */
const MARGIN_MS = 60_000;

export function createTokenKeeper({ send, now, onSecret }: TokenParts): TokenKeeper {
  const kept = new Map<string, { token: string; renewAtMs: number }>();
  const asked = new Map<string, Promise<string>>();

  const renew = async (key: string, request: TokenRequest): Promise<string> => {
    // Others may wait for the same token: one caller's cancellation is not theirs. The sender has its own limit.
    const { token, lifeMs } = await fetchToken(send, request);
    onSecret(token);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_TOKENS && oldest !== undefined) kept.delete(oldest);
    kept.set(key, { token, renewAtMs: now() + lifeMs - Math.min(MARGIN_MS, lifeMs / 10) });
    return token;
  };
  return {
    async get(request, signal) {
      const key = keyOf(request);
      const known = kept.get(key);
      if (known !== undefined && now() < known.renewAtMs) return known.token;
      const running = asked.get(key) ?? renew(key, request).finally(() => asked.delete(key));
      asked.set(key, running);
      const token = await running;
      signal.throwIfAborted();
      return token;
    },
    forget: (request) => void kept.delete(keyOf(request)),
  };
}

function keyOf({ tokenUrl, clientId, scopes }: TokenRequest): string {
  return JSON.stringify([tokenUrl.href, clientId, scopes.toSorted()]);
}

/** The client's name in the header first, which every server must take; in the body for those that do not. */
async function fetchToken(send: Send, request: TokenRequest) {
  const first = await askToken(send, request, "header");
  const answer =
    first.status === 400 || first.status === 401 ? await askToken(send, request, "body") : first;
  const value: unknown = parsed(answer.body);
  const token = isJson(value) ? value["access_token"] : undefined;
  if (answer.status !== 200 || typeof token !== "string" || !/^[\u0021-\u007e]+$/.test(token)) {
    const code = isJson(value) ? value["error"] : undefined;
    // Only the code of the standard's form: a description may repeat what was sent.
    const why = typeof code === "string" && /^[a-z_]{1,40}$/.test(code) ? `: ${code}` : "";
    throw new FlotillaError(
      "forbidden",
      `${request.tokenUrl.host} gave no token (HTTP ${answer.status}${why}).`,
      { hint: "Check clientId, clientSecret and scopes." },
    );
  }
  const said = isJson(value) ? Number(value["expires_in"] ?? DEFAULT_LIFE_S) : DEFAULT_LIFE_S;
  return { token, lifeMs: (Number.isFinite(said) && said > 0 ? said : DEFAULT_LIFE_S) * 1000 };
}

function askToken(
  send: Send,
  { tokenUrl, clientId, clientSecret, scopes }: TokenRequest,
  place: "header" | "body",
) {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (place === "body") {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret);
  }
  const pair = btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  return send(
    {
      method: "POST",
      url: tokenUrl,
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(place === "header" ? { authorization: `Basic ${pair}` } : {}),
      },
      body: new TextEncoder().encode(form.toString()),
    },
    { signal: new AbortController().signal, maxBytes: MAX_ANSWER_BYTES },
  );
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
