/** A request's body in its media type. */
import { isJson, member, type Body, type Json } from "../document/model.ts";
import { deref } from "../document/resolve.ts";
import { scalar } from "./serialise.ts";

export interface Encoded {
  contentType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What is wrong with an argument beyond what its schema can say. */
export class ArgumentProblem extends Error {
  override readonly name = "ArgumentProblem";
}

export async function encodeBody(document: Json, body: Body, value: unknown): Promise<Encoded> {
  const type = body.mediaType.toLowerCase();
  if (/^multipart\/form-data\b/.test(type)) return multipart(document, body, value);
  const contentType = type.includes("*") ? "application/octet-stream" : body.mediaType;
  if (/\bjson\b/.test(type)) return utf8(contentType, JSON.stringify(value));
  if (/^application\/x-www-form-urlencoded\b/.test(type)) return utf8(contentType, formText(value));
  if (type.startsWith("text/")) return utf8(contentType, scalar(value));
  return { contentType, bytes: fromBase64(value, body.argument) };
}

function utf8(contentType: string, text: string): Encoded {
  return { contentType, bytes: new TextEncoder().encode(text) };
}

/** Lists repeat their name (form style, exploded); what is deeper travels as JSON. */
function formText(value: unknown): string {
  const form = new URLSearchParams();
  for (const [name, given] of Object.entries(isJson(value) ? value : {})) {
    for (const one of [given].flat()) {
      if (one !== undefined && one !== null) form.append(name, scalar(one));
    }
  }
  return form.toString();
}

async function multipart(document: Json, body: Body, value: unknown): Promise<Encoded> {
  const schema = deref(document, body.schema);
  const form = new FormData();
  for (const [name, given] of Object.entries(isJson(value) ? value : {})) {
    const property = deref(document, member(member(schema, "properties"), name));
    const items = deref(document, member(property, "items"));
    const declared = member(member(body.encoding, name), "contentType");
    const type = typeof declared === "string" ? declared : undefined;
    for (const one of [given].flat()) {
      if (isBinary(property) || isBinary(items)) {
        const file = new Blob([fromBase64(one, name)], {
          type: type ?? "application/octet-stream",
        });
        form.append(name, file, name);
      } else if (isJson(one)) {
        form.append(name, new Blob([JSON.stringify(one)], { type: type ?? "application/json" }));
      } else if (one !== undefined && one !== null) form.append(name, scalar(one));
    }
  }
  // The platform writes multipart itself, boundary included.
  const written = new Response(form);
  return {
    contentType: written.headers.get("content-type") ?? body.mediaType,
    bytes: new Uint8Array(await written.arrayBuffer()),
  };
}

function isBinary(schema: unknown): boolean {
  return (
    member(schema, "format") === "binary" ||
    member(schema, "contentEncoding") === "base64" ||
    member(schema, "contentMediaType") === "application/octet-stream"
  );
}

function fromBase64(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(scalar(value)), (letter) => letter.charCodeAt(0));
  } catch {
    throw new ArgumentProblem(`${name} must be base64.`);
  }
}
