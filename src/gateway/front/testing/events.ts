/** Reads a response's event stream, one event at a time. */

export interface ReadEvent {
  id?: string;
  event?: string;
  data?: string;
  comment?: string;
}

export interface EventReader {
  /** The next event that carries data, parsed; undefined at the end of the stream. */
  message(): Promise<Record<string, unknown> | undefined>;
  /** The next block, whatever it is. */
  next(): Promise<ReadEvent | undefined>;
  /** All remaining messages. */
  rest(): Promise<Record<string, unknown>[]>;
  /** Closes the connection. */
  cancel(): Promise<void>;
  readonly lastId: string | undefined;
}

export function readEvents(response: Response): EventReader {
  if (response.body === null) throw new Error(`no stream, status ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  let lastId: string | undefined;
  const next = async (): Promise<ReadEvent | undefined> => {
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end >= 0) {
        const block = parseBlock(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        lastId = block.id ?? lastId;
        return block;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      buffer += value;
    }
  };
  const message = async (): Promise<Record<string, unknown> | undefined> => {
    for (;;) {
      const event = await next();
      if (event === undefined) return undefined;
      if (event.data !== undefined && event.data !== "") return JSON.parse(event.data);
    }
  };
  return {
    next,
    message,
    async rest() {
      const all: Record<string, unknown>[] = [];
      for (let each = await message(); each !== undefined; each = await message()) all.push(each);
      return all;
    },
    cancel: () => reader.cancel(),
    get lastId() {
      return lastId;
    },
  };
}

function parseBlock(block: string): ReadEvent {
  const event: ReadEvent = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name === "") event.comment = value;
    if (name === "id" || name === "event" || name === "data") event[name] = value;
  }
  return event;
}
