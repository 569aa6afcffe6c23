/** A bearer token from a token server's answer. */
import { FlotillaError } from "flotilla/protocol";
import { asked, expectGood, readText, withTimeout } from "./http.ts";

export interface TokenCall {
  url: string;
  init: RequestInit;
  fetch: typeof fetch;
  now: () => number;
}

export async function fetchToken({ url, init, fetch, now }: TokenCall) {
  const signal = withTimeout(new AbortController().signal);
  const response = await asked(fetch(url, { ...init, signal }), "Getting a token");
  await expectGood(response, "Getting a token");
  const given: Record<string, unknown> = JSON.parse(await readText(response));
  const { access_token: value, expires_in: lifeS = 300 } = given;
  if (typeof value !== "string" || value === "") {
    throw new FlotillaError("forbidden", "The token server gave no token.");
  }
  return { value, expiresAtMs: now() + Number(lifeS) * 1000 };
}
