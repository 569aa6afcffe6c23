/** STORAGE_URL → the store it names, confined to the prefix in it. */
import { fileURLToPath } from "node:url";
import { FlotillaError } from "flotilla/protocol";
import type { ObjectStore, StoreParts } from "./contract.ts";

/** `variable` is where the address stands. The store's code is loaded when it is opened. */
export async function openStore(parts: StoreParts, variable = "STORAGE_URL"): Promise<ObjectStore> {
  const text = parts.env[variable];
  if (text === undefined || text === "") {
    const hint = `Set ${variable} to s3://bucket, gs://bucket, azure://account/container or file:///folder.`;
    throw new FlotillaError("config_invalid", `${variable} is not set.`, { hint });
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [first = "", ...rest] = (url?.pathname ?? "")
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  if (url?.protocol === "file:")
    return (await import("./disk.node.ts")).openDisk(fileURLToPath(url));
  if (url?.protocol === "s3:") {
    return confined((await import("./s3.ts")).openS3(url.hostname, parts), [first, ...rest]);
  }
  if (url?.protocol === "gs:") {
    return confined((await import("./gcs.ts")).openGcs(url.hostname, parts), [first, ...rest]);
  }
  if (url?.protocol === "azure:" && first !== "") {
    const place = { account: url.hostname, container: first };
    return confined((await import("./azure.ts")).openAzure(place, parts), rest);
  }
  throw new FlotillaError("config_invalid", `${variable} names no store.`, {
    hint: "Known: s3://bucket/prefix, gs://bucket/prefix, azure://account/container/prefix, file:///folder.",
  });
}

function confined(store: ObjectStore, folders: readonly string[]): ObjectStore {
  const prefix = folders
    .filter((part) => part !== "")
    .map((part) => `${part}/`)
    .join("");
  if (prefix === "") return store;
  return {
    name: `${store.name}/${prefix}`,
    async list(query, signal) {
      const { objects, next } = await store.list(
        { ...query, prefix: prefix + query.prefix },
        signal,
      );
      const own = objects.map((one) => ({ ...one, key: one.key.slice(prefix.length) }));
      return { objects: own, ...(next === undefined ? {} : { next }) };
    },
    get: (key, options) => store.get(prefix + key, options),
    put: (key, content, signal) => store.put(prefix + key, content, signal),
    delete: (key, signal) => store.delete(prefix + key, signal),
    sign: (key, options) => store.sign(prefix + key, options),
  };
}
