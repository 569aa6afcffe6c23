/** Cuts a byte stream into lines without ever holding more than `maxBytes` of one. */

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** The stream is over: hands out what is left without a newline. */
  finish(): void;
}

export interface LineSplitterOptions {
  maxBytes: number;
  /** Without the line break. Empty lines are not told. */
  onLine: (text: string) => void;
  /**
   * A line grew beyond `maxBytes`. `cut`: its beginning is handed out and the rest skipped. A function: it is called and
   * nothing more is handed out, for a reader that cannot go on after losing a part.
   */
  onOverlong: "cut" | (() => void);
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SMALLEST_HOLD = 4_096;
/** A hold that grew beyond this for one long line is given back after it. */
const LARGEST_IDLE_HOLD = 1_048_576;

export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  const { maxBytes, onLine, onOverlong } = options;
  const hold = new Hold();
  let state: "reading" | "skipping" | "stopped" = "reading";

  const emit = (line: Buffer): void => {
    const length = line.at(-1) === RETURN ? line.length - 1 : line.length;
    if (length > 0) onLine(line.toString("utf8", 0, length));
  };

  const tooLong = (part: Buffer): void => {
    if (onOverlong === "cut") {
      state = "skipping";
      hold.add(part.subarray(0, maxBytes - hold.length));
      emit(hold.take());
    } else {
      state = "stopped";
      hold.take();
      onOverlong();
    }
  };

  const take = (part: Buffer, complete: boolean): void => {
    if (state === "reading") {
      if (hold.length + part.length > maxBytes) tooLong(part);
      else if (complete && hold.length === 0) emit(part);
      else {
        hold.add(part);
        if (complete) emit(hold.take());
      }
    }
    if (complete && state === "skipping") state = "reading";
  };

  return {
    push(chunk) {
      let start = 0;
      let newline = chunk.indexOf(NEWLINE);
      while (newline !== -1) {
        take(chunk.subarray(start, newline), true);
        start = newline + 1;
        newline = chunk.indexOf(NEWLINE, start);
      }
      if (start < chunk.length) take(chunk.subarray(start), false);
    },
    finish() {
      if (state === "reading" && hold.length > 0) emit(hold.take());
      state = "stopped";
    },
  };
}

/** The beginning of a line. Doubling keeps one that drips in byte by byte linear in time and in memory. */
class Hold {
  #bytes = Buffer.alloc(0);
  length = 0;

  add(part: Buffer): void {
    const needed = this.length + part.length;
    if (needed > this.#bytes.length) {
      const size = Math.max(needed, this.#bytes.length * 2, SMALLEST_HOLD);
      const larger = Buffer.allocUnsafe(size);
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    part.copy(this.#bytes, this.length);
    this.length = needed;
  }

  /** Valid until the next `add`. */
  take(): Buffer {
    const line = this.#bytes.subarray(0, this.length);
    this.length = 0;
    if (this.#bytes.length > LARGEST_IDLE_HOLD) this.#bytes = Buffer.alloc(0);
    return line;
  }
}
