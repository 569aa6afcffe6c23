/** Google Cloud Storage by its JSON API; URLs are signed as Version 4 asks (RSA, SHA-256). */
import { createHash, createSign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { FlotillaError } from "flotilla/protocol";
import { importPKCS8, SignJWT } from "jose";
import type { ObjectStore, StoreParts } from "./contract.ts";
import { createExpiring } from "./expiring.ts";
import { asked, expectGood, readFound, readText, withTimeout, type Init } from "./http.ts";
import { encodedKey, strictlyEncoded } from "./keys.ts";
import { fetchToken } from "./token.ts";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";

interface Account {
  client_email: string;
  private_key: string;
  token_uri: string;
}

export function openGcs(bucket: string, parts: StoreParts): ObjectStore {
  const { env, fetch, now } = parts;
  const emulator = env["STORAGE_EMULATOR_HOST"];
  const root = (emulator ?? "https://storage.googleapis.com").replace(/\/$/, "");
  const token = createExpiring(() => tokenOf(parts), now);
  const send = async (path: string, init: Init, signal: AbortSignal) => {
    // The emulator asks for none, and a real token is not for it.
    const authorization =
      emulator === undefined ? { authorization: `Bearer ${await token.get()}` } : {};
    const headers = { ...init.headers, ...authorization };
    return fetch(`${root}${path}`, { ...init, headers, signal: withTimeout(signal) });
  };
  const objects = `/storage/v1/b/${strictlyEncoded(bucket)}/o`;
  return {
    name: `gs://${bucket}`,
    async list({ prefix, limit, cursor }, signal) {
      const query = new URLSearchParams({ prefix, maxResults: String(limit) });
      if (cursor !== undefined) query.set("pageToken", cursor);
      const response = await asked(send(`${objects}?${query}`, {}, signal), "Listing");
      await expectGood(response, "Listing");
      return listingOf(await readText(response));
    },
    async get(key, { maxBytes, signal }) {
      const response = await asked(
        send(`${objects}/${strictlyEncoded(key)}?alt=media`, {}, signal),
        "Reading",
      );
      if (response.status === 404) return undefined;
      await expectGood(response, "Reading");
      return readFound(response, maxBytes);
    },
    async put(key, { bytes, contentType }, signal) {
      const path = `/upload${objects}?uploadType=media&name=${strictlyEncoded(key)}`;
      const init = { method: "POST", body: bytes, headers: { "content-type": contentType } };
      await expectGood(await asked(send(path, init, signal), "Writing"), "Writing");
    },
    async delete(key, signal) {
      const path = `${objects}/${strictlyEncoded(key)}`;
      const response = await asked(send(path, { method: "DELETE" }, signal), "Deleting");
      await expectGood(response, "Deleting", [404]);
    },
    async sign(key, { method, expiresS }) {
      const account = await accountOf(env);
      if (account === undefined) throw noKey();
      return signedUrl({
        url: new URL(`${root}/${bucket}/${encodedKey(key)}`),
        method,
        expiresS,
        account,
        nowMs: now(),
      });
    },
  };
}

function listingOf(text: string) {
  const value: { items?: Record<string, string>[]; nextPageToken?: string } = JSON.parse(text);
  const objects = (value.items ?? []).map(({ name = "", size, updated }) => ({
    key: name,
    size: Number(size),
    ...(updated === undefined ? {} : { modified: updated }),
  }));
  const next = value.nextPageToken;
  return { objects, ...(next === undefined || next === "" ? {} : { next }) };
}

/** A service account's key (RFC 7523), or the metadata server of the machine it runs on. */
async function tokenOf({ env, fetch, now }: StoreParts) {
  const account = await accountOf(env);
  if (account === undefined) {
    const host = env["GCE_METADATA_HOST"] ?? "metadata.google.internal";
    const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
    return fetchToken({ url, init: { headers: { "metadata-flavor": "Google" } }, fetch, now });
  }
  const issuedAt = Math.floor(now() / 1000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 3600)
    .sign(await importPKCS8(account.private_key, "RS256"));
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const body = new URLSearchParams({ grant_type: grant, assertion });
  return fetchToken({ url: account.token_uri, init: { method: "POST", body }, fetch, now });
}

async function accountOf(env: StoreParts["env"]): Promise<Account | undefined> {
  const file = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (file === undefined || file === "") return undefined;
  const text = await readFile(file, "utf8").catch(() => {
    throw new FlotillaError(
      "config_invalid",
      "The file of GOOGLE_APPLICATION_CREDENTIALS cannot be read.",
    );
  });
  const value: Partial<Account> & { type?: string } = JSON.parse(text);
  const { client_email, private_key, token_uri = "https://oauth2.googleapis.com/token" } = value;
  if (client_email === undefined || private_key === undefined) {
    throw new FlotillaError(
      "config_invalid",
      "GOOGLE_APPLICATION_CREDENTIALS is no service account's key.",
    );
  }
  return { client_email, private_key, token_uri };
}

interface Signing {
  url: URL;
  method: string;
  expiresS: number;
  account: Account;
  nowMs: number;
}

/** Cloud Storage, "V4 signing process with your own program". */
function signedUrl({ url, method, expiresS, account, nowMs }: Signing): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/auto/storage/goog4_request`;
  const query = Object.entries({
    "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
    "X-Goog-Credential": `${account.client_email}/${scope}`,
    "X-Goog-Date": time,
    "X-Goog-Expires": String(expiresS),
    "X-Goog-SignedHeaders": "host",
  });
  const search = query.map((pair) => pair.map(strictlyEncoded).join("=")).join("&");
  const canonical = [
    method,
    url.pathname,
    search,
    `host:${url.host}`,
    "",
    "host",
    "UNSIGNED-PAYLOAD",
  ];
  const digest = createHash("sha256").update(canonical.join("\n")).digest("hex");
  const text = ["GOOG4-RSA-SHA256", time, scope, digest].join("\n");
  const signature = createSign("RSA-SHA256").update(text).sign(account.private_key, "hex");
  return `${url.href}?${search}&X-Goog-Signature=${signature}`;
}

function noKey(): FlotillaError {
  return new FlotillaError("not_supported", "Only a service account's key can sign addresses.", {
    hint: "Set GOOGLE_APPLICATION_CREDENTIALS to the key's file.",
  });
}
