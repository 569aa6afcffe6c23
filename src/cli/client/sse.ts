/** Server-sent events of one answer, in order, with bounds. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { FlotillaError } from "../../protocol/index.ts";
import { chunksOf, MAX_ANSWER_BYTES } from "./http.ts";

export async function* readEvents(response: Response): AsyncGenerator<EventSourceMessage> {
  const ready: EventSourceMessage[] = [];
  let broken = false;
  const parser = createParser({
    onEvent: (event) => void ready.push(event),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") broken = true;
    },
    maxBufferSize: MAX_ANSWER_BYTES,
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunksOf(response)) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (broken) throw new FlotillaError("message_too_large", "The answer is too large to show.");
    yield* ready.splice(0);
  }
}
