/** What a client can read, and what it sent, from the two media-type headers. */

export interface Accepts {
  json: boolean;
  sse: boolean;
}

const BOTH: Accepts = { json: true, sse: true };

/** Media ranges with `q=0` are refusals; other parameters do not matter. A missing header accepts everything. */
export function readAccept(header: string | undefined): Accepts {
  if (header === undefined || header === "application/json, text/event-stream") return BOTH;
  let json = false;
  let sse = false;
  for (const part of header.toLowerCase().split(",")) {
    const [range = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    if (parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))) continue;
    json ||= range === "application/json" || range === "application/*" || range === "*/*";
    sse ||= range === "text/event-stream" || range === "text/*" || range === "*/*";
  }
  return { json, sse };
}

/** Compares the media type itself: "application/jsonp" and "text/plain; x=application/json" are not JSON. */
export function isJson(contentType: string | undefined): boolean {
  if (contentType === "application/json") return true;
  const essence = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return essence === "application/json";
}
