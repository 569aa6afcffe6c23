/** Amazon S3 and what speaks like it, by its REST API; signed by aws4fetch (Signature Version 4). */
import { AwsClient } from "aws4fetch";
import { FlotillaError } from "flotilla/protocol";
import type { ObjectStore, StoreParts } from "./contract.ts";
import { createExpiring } from "./expiring.ts";
import { asked, expectGood, readFound, readText, withTimeout, type Init } from "./http.ts";
import { encodedKey, strictlyEncoded } from "./keys.ts";
import { children, child, readXml, textIn } from "./xml.ts";

/** Credentials from the environment do not end; those of a container say when they do. */
const FOREVER_MS = 10 * 365 * 86_400_000;

export function openS3(bucket: string, { env, fetch, now }: StoreParts): ObjectStore {
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoint = env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  const root =
    endpoint === undefined
      ? `https://${bucket}.s3.${region}.amazonaws.com`
      : `${endpoint.replace(/\/$/, "")}/${bucket}`;
  const signer = createExpiring(async () => {
    const { expiresAtMs, ...keys } = await credentialsOf({ env, fetch, now });
    return { value: new AwsClient({ ...keys, region, service: "s3" }), expiresAtMs };
  }, now);
  const send = async (path: string, init: Init, signal: AbortSignal) => {
    const client = await signer.get();
    const request = await client.sign(`${root}/${path}`, init);
    return fetch(request, { signal: withTimeout(signal) });
  };
  return {
    name: `s3://${bucket}`,
    async list({ prefix, limit, cursor }, signal) {
      const query = {
        "list-type": "2",
        prefix,
        "max-keys": String(limit),
        ...(cursor === undefined ? {} : { "continuation-token": cursor }),
      };
      const search = Object.entries(query).map((pair) => pair.map(strictlyEncoded).join("="));
      const response = await asked(send(`?${search.join("&")}`, {}, signal), "Listing");
      await expectGood(response, "Listing");
      return listingOf(await readText(response));
    },
    async get(key, { maxBytes, signal }) {
      const response = await asked(send(encodedKey(key), {}, signal), "Reading");
      if (response.status === 404) return missing(response);
      await expectGood(response, "Reading");
      return readFound(response, maxBytes);
    },
    async put(key, { bytes, contentType }, signal) {
      const init = { method: "PUT", body: bytes, headers: { "content-type": contentType } };
      await expectGood(await asked(send(encodedKey(key), init, signal), "Writing"), "Writing");
    },
    async delete(key, signal) {
      const response = await asked(send(encodedKey(key), { method: "DELETE" }, signal), "Deleting");
      await expectGood(response, "Deleting", [404]);
    },
    async sign(key, { method, expiresS }) {
      const client = await signer.get();
      const url = `${root}/${encodedKey(key)}?X-Amz-Expires=${expiresS}`;
      return (await client.sign(url, { method, aws: { signQuery: true } })).url;
    },
  };
}

/** A missing bucket is a mistake of the settings, a missing key an answer. */
async function missing(response: Response): Promise<undefined> {
  if (/<Code>NoSuchBucket</.test(await readText(response))) {
    throw new FlotillaError("not_found", "There is no such bucket.", {
      hint: "Check STORAGE_URL.",
    });
  }
  return undefined;
}

function listingOf(text: string) {
  const root = child(readXml(text), "ListBucketResult");
  const objects = children(root, "Contents").map((one) => ({
    key: textIn(one, "Key"),
    size: Number(textIn(one, "Size")),
    modified: textIn(one, "LastModified"),
  }));
  const next = textIn(root, "NextContinuationToken");
  return { objects, ...(next === "" ? {} : { next }) };
}

async function credentialsOf({ env, fetch, now }: StoreParts) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = env["AWS_SESSION_TOKEN"];
    const token = sessionToken === undefined ? {} : { sessionToken };
    return { accessKeyId, secretAccessKey, ...token, expiresAtMs: now() + FOREVER_MS };
  }
  // ECS tasks and EKS pods (container credential provider): the platform sets these and renews what is behind them.
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const url =
    relative === undefined
      ? env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
      : `http://169.254.170.2${relative}`;
  if (url === undefined) {
    throw new FlotillaError("config_invalid", "There are no credentials for S3.", {
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    });
  }
  const authorization = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const signal = withTimeout(new AbortController().signal);
  const response = await asked(fetch(url, { headers, signal }), "Getting credentials");
  await expectGood(response, "Getting credentials");
  const given: Record<string, string> = JSON.parse(await readText(response));
  return {
    accessKeyId: given["AccessKeyId"] ?? "",
    secretAccessKey: given["SecretAccessKey"] ?? "",
    sessionToken: given["Token"] ?? "",
    expiresAtMs: Date.parse(given["Expiration"] ?? "") || now() + 300_000,
  };
}
