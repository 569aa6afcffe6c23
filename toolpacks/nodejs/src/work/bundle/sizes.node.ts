/** How much each module is of a bundle, also when compressed: by the source map, its own part of the text. */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { decode } from "@jridgewell/sourcemap-codec";
import { fieldsOf, own } from "../json.ts";

export interface Sizes {
  bytes: number;
  gzipBytes: number;
  brotliBytes: number;
}

/** Beyond this the best brotli takes seconds. */
const BEST_BELOW = 1_500_000;

export function sizesOf(contents: Uint8Array): Sizes {
  return {
    bytes: contents.byteLength,
    gzipBytes: gzipSync(contents, { level: 9 }).byteLength,
    brotliBytes: brotli(contents, contents.byteLength < BEST_BELOW ? 11 : 9),
  };
}

function brotli(contents: Uint8Array | string, quality: number): number {
  const text = typeof contents === "string" ? Buffer.from(contents) : contents;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.byteLength,
  };
  return brotliCompressSync(text, { params }).byteLength;
}

export interface Share {
  gzipBytes: number;
  brotliBytes: number;
}

/**
 * The whole's compressed size, shared out by how well each module's own text compresses. Modules that repeat each other
 * compress better together than alone: the parts add up to the whole, and no part is exact.
 */
export function sharesOf(code: string, map: string, whole: Sizes): Map<string, Share> {
  const texts = textsBySource(code, map);
  const alone = new Map(
    [...texts].map(([source, text]) => [
      source,
      { gzip: gzipSync(text).byteLength, brotli: brotli(text, 5) },
    ]),
  );
  const sum = { gzip: 0, brotli: 0 };
  for (const one of alone.values()) {
    sum.gzip += one.gzip;
    sum.brotli += one.brotli;
  }
  return new Map(
    [...alone].map(([source, one]) => [
      source,
      {
        gzipBytes: Math.round((one.gzip / sum.gzip) * whole.gzipBytes),
        brotliBytes: Math.round((one.brotli / sum.brotli) * whole.brotliBytes),
      },
    ]),
  );
}

function textsBySource(code: string, map: string): Map<string, string> {
  const fields = fieldsOf(JSON.parse(map));
  const sources = own(fields, "sources");
  const mappings = own(fields, "mappings");
  const texts = new Map<string, string[]>();
  if (!Array.isArray(sources) || typeof mappings !== "string") return new Map();
  const lines = code.split("\n");
  for (const [index, segments] of decode(mappings).entries()) {
    const line = lines[index] ?? "";
    for (const [at, segment] of segments.entries()) {
      const source: unknown = segment.length === 1 ? undefined : sources[segment[1]];
      if (typeof source !== "string") continue;
      const parts = texts.get(source) ?? [];
      parts.push(line.slice(segment[0], segments[at + 1]?.[0] ?? line.length));
      texts.set(source, parts);
    }
  }
  return new Map([...texts].map(([source, parts]) => [source, parts.join("")]));
}
