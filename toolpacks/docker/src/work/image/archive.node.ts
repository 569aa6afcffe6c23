/** The files of an image archive, however it is packed: one tar, a compressed tar, or a folder in OCI layout. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import type { Entry, Headers } from "tar-stream";
import { InputProblem } from "flotilla/worker/review";

export type Bytes = AsyncIterable<Uint8Array>;

/** What is neither read nor skipped holds up the rest. */
export interface Body {
  bytes: Bytes;
  skip(): void;
}

export interface ArchiveFile extends Body {
  name: string;
  size: number;
  /** Of a link inside the archive. */
  link?: string | undefined;
}

export interface Archive {
  /** Every file once, in the archive's own order. */
  files(): AsyncGenerator<ArchiveFile>;
}

/** Counts what is unpacked over the whole call. */
export interface Budget {
  unpackedBytes: number;
  entries: number;
}
export const LIMITS = {
  maxArchiveBytes: 4 * 2 ** 30,
  maxUnpackedBytes: 8 * 2 ** 30,
  maxEntries: 500_000,
  maxFolderFiles: 5_000,
  /** Honest layers shrink by 2 to 20. */
  maxRatio: 200,
  /** Below this, a ratio says nothing. */
  ratioFromBytes: 64 * 2 ** 20,
};

export async function openArchive(path: string, budget: Budget): Promise<Archive> {
  const about = await stat(path);
  if (about.isDirectory()) return folderArchive(path);
  if (about.size > LIMITS.maxArchiveBytes) {
    throw new InputProblem(
      `The archive has ${about.size} bytes; at most ${LIMITS.maxArchiveBytes} are read.`,
    );
  }
  return tarArchive(() => createReadStream(path, { highWaterMark: 2 ** 18 }), budget);
}

export function bytesArchive(bytes: Uint8Array, budget: Budget): Archive {
  return tarArchive(() => Readable.from([bytes]), budget);
}

function tarArchive(open: () => Bytes, budget: Budget): Archive {
  return {
    async *files() {
      for await (const { header, ...body } of entriesOf(open(), budget)) {
        if (header.type === "file" || header.type === "symlink" || header.type === "link") {
          const name = header.name.replace(/^\.\//, "");
          yield { name, size: header.size ?? 0, link: header.linkname ?? undefined, ...body };
        } else body.skip();
      }
    },
  };
}

async function folderArchive(folder: string): Promise<Archive> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).slice(0, LIMITS.maxFolderFiles);
  return {
    async *files() {
      for (const one of files) {
        const path = join(one.parentPath, one.name);
        const { size } = await stat(path);
        const name = path.slice(folder.length + 1).replaceAll("\\", "/");
        const bytes = createReadStream(path);
        yield { name, size, bytes, skip: () => bytes.destroy() };
      }
    },
  };
}

export interface TarEntry extends Body {
  header: Headers;
}

/** The entries of a tar, unpacked first when it is compressed. Rejects with `InputProblem` for bombs and damage. */
export async function* entriesOf(bytes: Bytes, budget: Budget): AsyncGenerator<TarEntry> {
  const tar = extract();
  const source = Readable.from(bytes, { objectMode: false });
  const stop = new AbortController();
  // Its failure also ends the loop below, which tells it.
  const flow = unpack(source, { tar, budget, signal: stop.signal }).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const entry of tar) {
      budget.entries += 1;
      if (budget.entries > LIMITS.maxEntries) {
        throw new InputProblem(`It holds more than ${LIMITS.maxEntries} files.`);
      }
      yield { header: entry.header, bytes: entry, skip: () => skipped(entry) };
    }
  } catch (error) {
    throw damageOf(error);
  } finally {
    stop.abort();
    tar.destroy();
    source.destroy();
    await flow;
  }
}

function skipped(entry: Entry): void {
  entry.resume();
}

function damageOf(error: unknown): InputProblem {
  if (error instanceof InputProblem) return error;
  const why = error instanceof Error ? error.message.slice(0, 120) : "it cannot be read";
  return new InputProblem(`The archive is damaged: ${why}`, {
    hint: "Pass the output of docker save, or an OCI layout.",
  });
}

interface Unpack {
  tar: ReturnType<typeof extract>;
  budget: Budget;
  signal: AbortSignal;
}

async function unpack(source: Readable, { tar, budget, signal }: Unpack): Promise<void> {
  const iterator: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) throw new InputProblem("The archive is empty.");
  const count = { packed: 0, unpacked: 0 };
  const whole = Readable.from(counted(first.value, iterator, count), { objectMode: false });
  const engine = engineFor(first.value);
  if (engine === undefined) await pipeline(whole, tar, { signal });
  else await pipeline(whole, engine, (chunks) => guarded(chunks, count, budget), tar, { signal });
}

interface Count {
  packed: number;
  unpacked: number;
}

async function* counted(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  count: Count,
): AsyncGenerator<Uint8Array> {
  for (
    let next: IteratorResult<Uint8Array> = { value: first };
    next.done !== true;
    next = await rest.next()
  ) {
    count.packed += next.value.byteLength;
    yield next.value;
  }
}

async function* guarded(chunks: Bytes, count: Count, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count.unpacked += chunk.byteLength;
    budget.unpackedBytes += chunk.byteLength;
    if (count.unpacked > LIMITS.ratioFromBytes && count.unpacked > count.packed * LIMITS.maxRatio) {
      throw new InputProblem(
        `It unpacks to more than ${LIMITS.maxRatio} times its size: an archive bomb.`,
      );
    }
    if (budget.unpackedBytes > LIMITS.maxUnpackedBytes) {
      throw new InputProblem(`It unpacks to more than ${LIMITS.maxUnpackedBytes} bytes.`);
    }
    yield chunk;
  }
}

function engineFor([a, b, c, d]: Uint8Array):
  | ReturnType<typeof createGunzip>
  | ReturnType<typeof createZstdDecompress>
  | undefined {
  if (a === 0x1f && b === 0x8b) return createGunzip();
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return createZstdDecompress();
  return undefined;
}

/** A small file whole. */
export async function wholeOf(bytes: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
