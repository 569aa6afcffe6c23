/** What the operator configured, handed over in one variable: secrets stay out of the command line. */
import { FlotillaError } from "flotilla/protocol";
import { isJson, listOf, textOf, type Json } from "./document/model.ts";
import type { Selection } from "./document/select.ts";

export const SETTINGS_VARIABLE = "FLOTILLA_OPENAPI";

export interface Credential {
  apiKey?: string;
  token?: string;
  username?: string;
  password?: string;
  clientId?: string;
  clientSecret?: string;
  tokenUrl?: string;
  scopes?: readonly string[];
}

export interface Settings {
  /** Absolute path, or URL. */
  document: string;
  /** Replaces the document's servers. */
  baseUrl?: URL;
  headers: Readonly<Record<string, string>>;
  /** By the name of the document's security scheme. */
  auth: Readonly<Record<string, Credential>>;
  operations: Selection;
}

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = parsed(env[SETTINGS_VARIABLE]);
  const document = textOf(given["document"]);
  if (document === undefined) throw invalid(`${SETTINGS_VARIABLE} names no document.`);
  const baseUrl = baseUrlOf(given["baseUrl"]);
  const auth = isJson(given["auth"]) ? given["auth"] : {};
  const chosen = isJson(given["operations"]) ? given["operations"] : {};
  return {
    document,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    headers: textsOf(given["headers"]),
    auth: Object.fromEntries(
      Object.entries(auth).map(([name, value]) => [name, credentialOf(value)]),
    ),
    operations: { include: wordsOf(chosen["include"]), exclude: wordsOf(chosen["exclude"]) },
  };
}

/** Everything in them that must never be shown. */
export function secretsOf({ headers, auth }: Settings): string[] {
  const own = Object.values(auth).flatMap(({ username, ...rest }) => {
    const { apiKey, token, password, clientSecret } = rest;
    const pair = Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64");
    return [apiKey, token, password, clientSecret, pair].filter((value) => value !== undefined);
  });
  // "Bearer abc" comes back as "abc" from some.
  const sent = Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/).slice(1)]);
  return [...own, ...sent];
}

function parsed(text: string | undefined): Json {
  if (text === undefined || text === "") {
    throw invalid(
      `${SETTINGS_VARIABLE} is not set.`,
      "Write workers: { NAME: { openapi: FILE_OR_URL } } in flotilla.yaml.",
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return value;
  } catch {
    // Said below, without the text: it may hold secrets.
  }
  throw invalid(`${SETTINGS_VARIABLE} is no JSON object.`);
}

function baseUrlOf(value: unknown): URL | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw invalid("baseUrl is no URL starting with http:// or https://.");
}

function credentialOf(value: unknown): Credential {
  const { scopes: _, ...rest } = isJson(value) ? value : {};
  const scopes =
    isJson(value) && Array.isArray(value["scopes"]) ? { scopes: wordsOf(value["scopes"]) } : {};
  return { ...textsOf(rest), ...scopes };
}

function textsOf(value: unknown): Record<string, string> {
  const pairs = Object.entries(isJson(value) ? value : {});
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function wordsOf(value: unknown): string[] {
  return listOf(value).filter((word) => typeof word === "string");
}

function invalid(message: string, hint?: string): FlotillaError {
  return new FlotillaError("config_invalid", message, hint === undefined ? {} : { hint });
}
