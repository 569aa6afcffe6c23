/** Puts the configured credentials into a request, as the document's security schemes say. */
import { FlotillaError } from "flotilla/protocol";
import {
  isJson,
  member,
  textOf,
  type Json,
  type Operation,
  type Requirement,
} from "../document/model.ts";
import { deref } from "../document/resolve.ts";
import type { Outgoing } from "../request/send.node.ts";
import type { Credential } from "../settings.ts";
import type { TokenKeeper, TokenRequest } from "./token.ts";

export interface Authorised {
  request: Outgoing;
  /** Schemes that the operation asks for and nothing was configured for; empty when there is no lack. */
  missing: readonly string[];
  /** To be forgotten when the server answers 401. */
  tokens: readonly TokenRequest[];
}

export interface Authoriser {
  apply(operation: Operation, request: Outgoing, signal: AbortSignal): Promise<Authorised>;
  /** Where tokens come from. */
  tokenUrls: readonly URL[];
}

export interface AuthoriserParts {
  document: Json;
  credentials: Readonly<Record<string, Credential>>;
  /** What relative token URLs start from. */
  base: URL | undefined;
}

interface Scheme {
  name: string;
  scheme: Json;
  credential: Credential;
  tokenUrl: URL | undefined;
}

/** Throws `config_invalid` when a credential fits no scheme of the document. */
export function createAuthoriser(
  { document, credentials, base }: AuthoriserParts,
  tokens: TokenKeeper,
): Authoriser {
  const known = member(member(document, "components"), "securitySchemes");
  const schemes = new Map<string, Scheme>();
  for (const [name, credential] of Object.entries(credentials)) {
    const scheme = deref(document, member(known, name));
    if (!isJson(scheme)) throw unknownScheme(name, Object.keys(isJson(known) ? known : {}));
    schemes.set(
      name,
      usable({ name, scheme, credential, tokenUrl: tokenUrlOf(scheme, credential, base) }),
    );
  }
  return {
    tokenUrls: [...schemes.values()].flatMap(({ tokenUrl }) => tokenUrl ?? []),
    async apply(operation, request, signal) {
      const chosen = chosenOf(operation.security, schemes);
      const used: TokenRequest[] = [];
      let next = request;
      for (const [name, scopes] of Object.entries(chosen ?? {})) {
        const scheme = schemes.get(name);
        if (scheme === undefined) continue;
        const wanted = tokenRequestOf(scheme, scopes);
        if (wanted !== undefined) used.push(wanted);
        const token =
          wanted === undefined ? scheme.credential.token : await tokens.get(wanted, signal);
        next = applied(next, scheme, token);
      }
      return { request: next, missing: missingOf(operation.security, chosen), tokens: used };
    },
  };
}

/** The first alternative that is configured for whole; "no credentials" counts last. */
function chosenOf(security: readonly Requirement[], schemes: ReadonlyMap<string, Scheme>) {
  return security.find((alternative) => {
    const names = Object.keys(alternative);
    return names.length > 0 && names.every((name) => schemes.has(name));
  });
}

function missingOf(security: readonly Requirement[], chosen: Requirement | undefined): string[] {
  const optional = security.some((alternative) => Object.keys(alternative).length === 0);
  if (chosen !== undefined || optional) return [];
  return [...new Set(security.flatMap((alternative) => Object.keys(alternative)))];
}

function applied(request: Outgoing, { scheme, credential }: Scheme, token = ""): Outgoing {
  const { type } = scheme;
  if (type === "apiKey") return withApiKey(request, scheme, credential.apiKey ?? "");
  const isBasic = type === "http" && String(scheme["scheme"]).toLowerCase() === "basic";
  const { username = "", password = "" } = credential;
  const pair = new TextEncoder().encode(`${username}:${password}`);
  const value = isBasic ? `Basic ${btoa(String.fromCharCode(...pair))}` : `Bearer ${token}`;
  return { ...request, headers: { ...request.headers, authorization: value } };
}

function withApiKey(request: Outgoing, scheme: Json, key: string): Outgoing {
  const name = textOf(scheme["name"]) ?? "";
  if (scheme["in"] === "query") {
    const url = new URL(request.url);
    const piece = `${encodeURIComponent(name)}=${encodeURIComponent(key)}`;
    url.search = url.search === "" ? piece : `${url.search.slice(1)}&${piece}`;
    return { ...request, url };
  }
  const { headers } = request;
  if (scheme["in"] !== "cookie")
    return { ...request, headers: { ...headers, [name.toLowerCase()]: key } };
  const piece = `${encodeURIComponent(name)}=${encodeURIComponent(key)}`;
  const before = headers["cookie"];
  const cookie = before === undefined ? piece : `${before}; ${piece}`;
  return { ...request, headers: { ...headers, cookie } };
}

function tokenRequestOf(scheme: Scheme, asked: readonly string[]): TokenRequest | undefined {
  const { tokenUrl, credential } = scheme;
  const { clientId, clientSecret = "", scopes = asked } = credential;
  if (tokenUrl === undefined || clientId === undefined) return undefined;
  return { tokenUrl, clientId, clientSecret, scopes };
}

function tokenUrlOf(scheme: Json, credential: Credential, base: URL | undefined): URL | undefined {
  if (credential.clientId === undefined) return undefined;
  const flow = member(scheme["flows"], "clientCredentials");
  const given = credential.tokenUrl ?? textOf(member(flow, "tokenUrl"));
  return given !== undefined && URL.canParse(given, base?.href)
    ? new URL(given, base?.href)
    : undefined;
}

/** What each type of scheme needs; said at the start, not at the first call. */
function usable(made: Scheme): Scheme {
  const { name, scheme, credential, tokenUrl } = made;
  const { type } = scheme;
  const basic = type === "http" && String(scheme["scheme"]).toLowerCase() === "basic";
  const needs =
    type === "apiKey"
      ? "apiKey"
      : basic
        ? "username and password"
        : type === "http"
          ? "token"
          : "token, or clientId and clientSecret";
  const has =
    type === "apiKey"
      ? credential.apiKey !== undefined
      : basic
        ? credential.username !== undefined
        : credential.token !== undefined || (type !== "http" && tokenUrl !== undefined);
  if (has) return made;
  const lacksUrl = type !== "http" && credential.clientId !== undefined;
  const hint = lacksUrl ? "The document names no token URL: add tokenUrl." : `Give ${needs}.`;
  throw new FlotillaError(
    "config_invalid",
    `auth.${name} does not fit its scheme (${String(type)}).`,
    { hint },
  );
}

function unknownScheme(name: string, known: readonly string[]): FlotillaError {
  const hint =
    known.length === 0
      ? "It has none: use headers instead."
      : `It has ${known.slice(0, 20).join(", ")}.`;
  return new FlotillaError("config_invalid", `The document has no security scheme "${name}".`, {
    hint,
  });
}
