/**
 * Frames: how the fleet's own drones and the gateway talk on a pipe, once both have said that they can. A frame is
 *
 *     kind (1 byte) · length of the payload (4 bytes, big-endian) · id (4 bytes, big-endian) · payload
 *
 * and its payload is never looked into to find its end. JSON text cannot begin with the bytes 1 to 3, so one stream may
 * carry lines and frames, and no message is lost or reordered when a side changes from one to the other:
 * 1. the launcher sets `FRAMES_VARIABLE` in the drone's environment: "frames are understood here";
 * 2. a drone that can writes `FRAMES_LINE` as its first line; to whoever else reads it, a notification of no interest;
 * 3. from then on the launcher sends frames, and from the first one it got the drone does.
 */

export const FRAMES_VARIABLE = "FLOTILLA_FRAMES";
export const FRAMES_VERSION = "1";
export const FRAMES_LINE =
  '{"jsonrpc":"2.0","method":"notifications/dev.flotilla/frames","params":{"version":"1"}}';

export const FRAME = {
  /** One JSON-RPC message; the id means nothing. */
  message: 1,
  /** The complete result (`resultType` "complete") of request `id`: its object alone, no envelope. */
  result: 2,
  /** The same, with `isError` true. */
  failure: 3,
} as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export const FRAME_HEADER_BYTES = 9;
/** Requests with other ids are answered by a message frame. */
export const MAX_FRAME_ID = 0xffff_ffff;

export function isFrameKind(byte: number | undefined): byte is FrameKind {
  return byte === FRAME.message || byte === FRAME.result || byte === FRAME.failure;
}

/** A frame's first bytes as a string of one byte a character, to stand in front of a payload in the same form. */
export function frameHeader(kind: FrameKind, length: number, id = 0): string {
  return String.fromCharCode(
    kind,
    length >>> 24,
    (length >>> 16) & 255,
    (length >>> 8) & 255,
    length & 255,
    id >>> 24,
    (id >>> 16) & 255,
    (id >>> 8) & 255,
    id & 255,
  );
}

export interface FrameReader {
  push(chunk: Uint8Array): void;
}

export interface FrameReaderOptions {
  /** Of one payload. */
  maxBytes: number;
  /** `payload` is valid only during the call. */
  onFrame(kind: FrameKind, id: number, payload: Uint8Array): void;
  /** A part of a line; the newline, when it is in it, comes last. */
  onLinePart(part: Uint8Array): void;
  /** A payload over `maxBytes` was announced. Nothing more is handed out. */
  onOverlong(): void;
}

const NEWLINE = 10;

/** Takes a stream of lines and frames apart. Holds one unfinished frame, never more than `maxBytes`. */
export function createFrameReader(options: FrameReaderOptions): FrameReader {
  return new Reader(options);
}

// A class, because a reader is its state: what of a frame has come.
class Reader implements FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  #payload: Uint8Array | undefined;
  #payloadBytes = 0;
  #isInLine = false;
  #hasStopped = false;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#hasStopped) {
      if (this.#headerBytes > 0) at = this.#fill(chunk, at);
      else if (!this.#isInLine && isFrameKind(chunk[at])) at = this.#frame(chunk, at);
      else at = this.#line(chunk, at);
    }
  }

  #line(chunk: Uint8Array, at: number): number {
    const newline = chunk.indexOf(NEWLINE, at);
    this.#isInLine = newline < 0;
    const end = newline < 0 ? chunk.length : newline + 1;
    this.#options.onLinePart(chunk.subarray(at, end));
    return end;
  }

  /** A frame that is whole in its chunk, as most are, is not copied. */
  #frame(chunk: Uint8Array, at: number): number {
    const start = at + FRAME_HEADER_BYTES;
    if (start > chunk.length) return this.#fill(chunk, at);
    const length = readUint32(chunk, at + 1);
    if (length > this.#options.maxBytes) return this.#stop(chunk);
    const end = start + length;
    if (end > chunk.length) return this.#fill(chunk, at);
    this.#hand(chunk, at, chunk.subarray(start, end));
    return end;
  }

  #fill(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#headerBytes < FRAME_HEADER_BYTES) {
      if (at === chunk.length) return at;
      this.#header[this.#headerBytes++] = chunk[at++]!;
    }
    if (this.#payload === undefined) {
      const length = readUint32(this.#header, 1);
      if (length > this.#options.maxBytes) return this.#stop(chunk);
      this.#payload = new Uint8Array(length);
    }
    const payload = this.#payload;
    const part = chunk.subarray(at, at + payload.length - this.#payloadBytes);
    payload.set(part, this.#payloadBytes);
    this.#payloadBytes += part.length;
    if (this.#payloadBytes === payload.length) {
      this.#headerBytes = 0;
      this.#payloadBytes = 0;
      this.#payload = undefined;
      this.#hand(this.#header, 0, payload);
    }
    return at + part.length;
  }

  #hand(header: Uint8Array, at: number, payload: Uint8Array): void {
    const kind = header[at];
    if (isFrameKind(kind)) this.#options.onFrame(kind, readUint32(header, at + 5), payload);
  }

  #stop(chunk: Uint8Array): number {
    this.#hasStopped = true;
    this.#options.onOverlong();
    return chunk.length;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}
