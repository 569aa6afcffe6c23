/** A worker made from an OpenAPI document: the toolpack of that name, with its settings in its environment. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { RawRun } from "./draft.ts";
import { fillAll, type Fill } from "./fill.ts";
import type { OpenApiCredential } from "./openapi-entry.ts";
import type { Path } from "./problems.ts";

type OpenApiRun = Extract<RawRun, { kind: "openapi" }>;

export type OpenApiEnv =
  | { env: Record<string, string> }
  | { path: Path; message: string; hint?: string };

/** `folder`: what a relative document starts from. */
export function openApiEnvOf(run: OpenApiRun, fill: Fill, folder: string): OpenApiEnv {
  const given = fill(run.document, ["openapi"]);
  const isUrl = /^https?:\/\//i.test(given);
  if (isUrl && !URL.canParse(given)) return { path: ["openapi"], message: "not a valid URL" };
  const document = isUrl ? given : resolve(folder, given);
  const facts = isUrl ? undefined : statSync(document, { throwIfNoEntry: false });
  if (!isUrl && facts?.isFile() !== true) {
    const hint = "Give a file, relative to this one, or a URL starting with http:// or https://.";
    return { path: ["openapi"], message: "there is no such document", hint };
  }
  const baseUrl = run.baseUrl === undefined ? undefined : fill(run.baseUrl, ["baseUrl"]);
  const auth = Object.entries(run.auth).map(([name, credential]) => [
    name,
    filledCredential(credential, { name, fill }),
  ]);
  const settings = {
    document,
    // Another text under the same name is another worker.
    ...(facts === undefined ? {} : { version: `${facts.mtimeMs} ${facts.size}` }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    headers: fillAll(run.headers, ["headers"], fill),
    auth: Object.fromEntries(auth),
    operations: run.operations,
  };
  return {
    env: { ...fillAll(run.env, ["env"], fill), FLOTILLA_OPENAPI: JSON.stringify(settings) },
  };
}

function filledCredential(
  { scopes, ...texts }: OpenApiCredential,
  { name, fill }: { name: string; fill: Fill },
): OpenApiCredential {
  const filled = Object.entries(texts).map(([key, value]) => [
    key,
    fill(value, ["auth", name, key]),
  ]);
  return { ...Object.fromEntries(filled), ...(scopes === undefined ? {} : { scopes }) };
}
