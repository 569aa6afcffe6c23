/** Azure Blob Storage by its REST API: with the account's key (as service SAS), or with a token of Microsoft Entra ID. */
import { createHmac } from "node:crypto";
import { FlotillaError } from "flotilla/protocol";
import type { ObjectStore, StoreParts } from "./contract.ts";
import { createExpiring } from "./expiring.ts";
import { asked, expectGood, readFound, readText, withTimeout, type Init } from "./http.ts";
import { encodedKey } from "./keys.ts";
import { fetchToken } from "./token.ts";
import { children, child, readXml, textIn } from "./xml.ts";

const VERSION = "2022-11-02";
/** Long enough for one request and clocks that differ. */
const OWN_SAS_S = 900;

interface Place {
  account: string;
  container: string;
}

/** Each request with a signature of its own for the container, or with the token. */
function senderOf(root: string, place: Place, { env, fetch, now }: StoreParts) {
  const key = env["AZURE_STORAGE_KEY"];
  const token = createExpiring(() => tokenOf({ env, fetch, now }), now);
  return async (path: string, init: Init, signal: AbortSignal) => {
    const headers: Record<string, string> = { ...init.headers, "x-ms-version": VERSION };
    if (key === undefined) headers["authorization"] = `Bearer ${await token.get()}`;
    const own = { permissions: "rwdl", expiresS: OWN_SAS_S, nowMs: now() };
    const sas = key === undefined ? "" : sasOf({ ...place, key, ...own });
    const joint = sas === "" ? "" : path.includes("?") ? "&" : "?";
    return fetch(`${root}${path}${joint}${sas}`, { ...init, headers, signal: withTimeout(signal) });
  };
}

export function openAzure(place: Place, parts: StoreParts): ObjectStore {
  const { env, now } = parts;
  const { account, container } = place;
  const given = env["AZURE_STORAGE_ENDPOINT"] ?? `https://${account}.blob.core.windows.net`;
  const root = `${given.replace(/\/$/, "")}/${container}`;
  const send = senderOf(root, place, parts);
  return {
    name: `azure://${account}/${container}`,
    async list({ prefix, limit, cursor }, signal) {
      const query = new URLSearchParams({
        restype: "container",
        comp: "list",
        prefix,
        maxresults: String(limit),
      });
      if (cursor !== undefined) query.set("marker", cursor);
      const response = await asked(send(`?${query}`, {}, signal), "Listing");
      await expectGood(response, "Listing");
      return listingOf(await readText(response));
    },
    async get(key, { maxBytes, signal }) {
      const response = await asked(send(`/${encodedKey(key)}`, {}, signal), "Reading");
      if (
        response.status === 404 &&
        response.headers.get("x-ms-error-code") !== "ContainerNotFound"
      )
        return undefined;
      await expectGood(response, "Reading");
      return readFound(response, maxBytes);
    },
    async put(key, { bytes, contentType }, signal) {
      const headers = { "content-type": contentType, "x-ms-blob-type": "BlockBlob" };
      const sent = send(`/${encodedKey(key)}`, { method: "PUT", body: bytes, headers }, signal);
      await expectGood(await asked(sent, "Writing"), "Writing");
    },
    async delete(key, signal) {
      const response = await asked(
        send(`/${encodedKey(key)}`, { method: "DELETE" }, signal),
        "Deleting",
      );
      await expectGood(response, "Deleting", [404]);
    },
    async sign(blob, { method, expiresS }) {
      const accountKey = env["AZURE_STORAGE_KEY"];
      if (accountKey === undefined) throw noKey();
      const permissions = method === "GET" ? "r" : "cw";
      return `${root}/${encodedKey(blob)}?${sasOf({ ...place, blob, key: accountKey, permissions, expiresS, nowMs: now() })}`;
    },
  };
}

interface Sas extends Place {
  /** Without it: the whole container. */
  blob?: string;
  key: string;
  /** In the order the service wants: rcwdl. */
  permissions: string;
  expiresS: number;
  nowMs: number;
}

/** Service SAS, string to sign of version 2020-12-06 and later. */
function sasOf({ account, container, blob, key, permissions, expiresS, nowMs }: Sas): string {
  const end = `${new Date(nowMs + expiresS * 1000).toISOString().slice(0, 19)}Z`;
  const kind = blob === undefined ? "c" : "b";
  const resource = ["/blob", account, container, ...(blob === undefined ? [] : [blob])].join("/");
  // start, identifier, addresses, protocol, snapshot, encryption scope and five response headers stay empty.
  const fields = [
    permissions,
    "",
    end,
    resource,
    "",
    "",
    "",
    VERSION,
    kind,
    "",
    "",
    "",
    "",
    "",
    "",
    "",
  ];
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(fields.join("\n"))
    .digest("base64");
  return String(
    new URLSearchParams({ sv: VERSION, se: end, sr: kind, sp: permissions, sig: signature }),
  );
}

function listingOf(text: string) {
  const root = child(readXml(text), "EnumerationResults");
  const objects = children(child(root, "Blobs"), "Blob").map((one) => {
    const facts = child(one, "Properties");
    const modified = Date.parse(textIn(facts, "Last-Modified"));
    return {
      key: textIn(one, "Name"),
      size: Number(textIn(facts, "Content-Length")),
      ...(Number.isNaN(modified) ? {} : { modified: new Date(modified).toISOString() }),
    };
  });
  const next = textIn(root, "NextMarker");
  return { objects, ...(next === "" ? {} : { next }) };
}

async function tokenOf({ env, fetch, now }: StoreParts) {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: secret } = env;
  if (tenant === undefined || id === undefined || secret === undefined) {
    throw new FlotillaError("config_invalid", "There are no credentials for Azure.", {
      hint: "Set AZURE_STORAGE_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
    });
  }
  const host = (env["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com").replace(
    /\/$/,
    "",
  );
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: id,
    client_secret: secret,
    scope: "https://storage.azure.com/.default",
  });
  const url = `${host}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  return fetchToken({ url, init: { method: "POST", body }, fetch, now });
}

function noKey(): FlotillaError {
  return new FlotillaError("not_supported", "Only the account's key can sign addresses.", {
    hint: "Set AZURE_STORAGE_KEY.",
  });
}
