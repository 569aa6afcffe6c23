/** The document's text, from a file or a URL. */
import { readFile, stat } from "node:fs/promises";
import { FlotillaError } from "flotilla/protocol";
import { MAX_DOCUMENT_BYTES, unusable } from "./document/parse.ts";
import { createSender } from "./request/send.node.ts";

const TIMEOUT_MS = 30_000;

/** The operator wrote the address down, so its host may be a private one. */
export async function loadText(document: string): Promise<string> {
  if (!isUrl(document)) return readWhole(document);
  const url = new URL(document);
  const policy = { origins: [url.origin], namedHosts: [url.hostname] };
  const send = createSender({ policy, timeoutMs: TIMEOUT_MS });
  const headers = { accept: "application/json, application/yaml;q=0.9, */*;q=0.5" };
  const options = { signal: new AbortController().signal, maxBytes: MAX_DOCUMENT_BYTES };
  const answer = await send({ method: "GET", url, headers }, options);
  if (answer.status !== 200) {
    throw new FlotillaError(
      "config_invalid",
      `${url.origin}${url.pathname} answered HTTP ${answer.status}.`,
    );
  }
  if (answer.isCut) throw unusable(`${url.origin}${url.pathname}`, "it is larger than 32 MiB");
  return new TextDecoder().decode(answer.body);
}

export function isUrl(document: string): boolean {
  return /^https?:\/\//i.test(document);
}

async function readWhole(path: string): Promise<string> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true) {
    throw new FlotillaError("config_invalid", `The OpenAPI document ${path} is not there.`, {
      hint: "The path is relative to flotilla.yaml.",
    });
  }
  if (facts.size > MAX_DOCUMENT_BYTES) throw unusable(path, "it is larger than 32 MiB");
  return readFile(path, "utf8");
}
