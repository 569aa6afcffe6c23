/** A client that resumes, at one gateway, the stream of an answer that another gateway has or had. */
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { encodeError, type JsonRpcId } from "../../../protocol/jsonrpc.ts";
import type { PeerAnswer, PeerAsked } from "../../../protocol/peer.ts";
import { toWireError } from "../../../protocol/wire-errors.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import type { Neighbours } from "../../replicas/neighbours.ts";
import { type EventSink, sseEvent } from "../exchange.ts";
import type { FrontLimits } from "../limits.ts";
import { type EventPlace, formatEventId } from "./session-event-id.ts";
import type { NotesDesk } from "./session-notes.ts";
import type { Session } from "./session.ts";

export interface ResumeOptions {
  neighbours: Neighbours;
  notes: NotesDesk;
  telemetry: Telemetry;
  limits: FrontLimits;
  place: EventPlace & { key: string; lastEventId: string };
  sink: EventSink;
}

/** Returns what to call when the client's connection breaks. */
export function resumeElsewhere(options: ResumeOptions): () => void {
  const gone = new AbortController();
  void resume(options, gone.signal).catch((error: unknown) => {
    options.telemetry.log.warn("resuming a stream failed", { reason: messageOf(error) });
    options.sink.end();
  });
  return () => gone.abort();
}

async function resume(options: ResumeOptions, signal: AbortSignal): Promise<void> {
  const { neighbours, place, sink, limits } = options;
  const stuck = new AbortController();

  try {
    await neighbours.request(place.origin, {
      method: "session.resume",
      params: [place.key, place.lastEventId],
      signal: AbortSignal.any([signal, stuck.signal]),
      onEvent(text) {
        sink.write(String(text));
        if (sink.backlog() > limits.hardBacklogBytes) stuck.abort();
      },
    });
  } catch (error) {
    if (signal.aborted || stuck.signal.aborted) return sink.end();
    const isGone =
      isFlotillaError(error) && ["fleet_unreachable", "not_found"].includes(error.code);
    if (!isGone) throw error;
    await fromStore(options);
  }
  sink.end();
}

/** The gateway is gone. An answer that was complete is in the store; of one that was not, only the truth can be told. */
async function fromStore({ notes, place, sink }: ResumeOptions): Promise<void> {
  const { key, origin, stream, seq, about } = place;
  const events = await notes.unread({ key, origin, stream });
  if (events === undefined) {
    if (about !== undefined) sink.write(sseEvent(lostAnswer(about), idAfter(place)));
    return;
  }
  for (const event of events) {
    if (event.seq <= seq) continue;
    sink.write(sseEvent(event.text, formatEventId({ ...place, seq: event.seq })));
  }
}

/** Beyond what the lost gateway can have given out, so that a client never takes it for something seen. */
const idAfter = (place: EventPlace): string => formatEventId({ ...place, seq: 999_999_999 });

function lostAnswer(id: JsonRpcId): string {
  return encodeError(
    id,
    toWireError(
      new FlotillaError(
        "call_ambiguous",
        "The gateway was lost during the call. It may have run.",
        {
          hint: "Check its effect before you repeat it.",
        },
      ),
    ),
  );
}

/** At the gateway that has the stream: it goes on there, and its events travel. */
export async function serveResume(
  session: Session | undefined,
  lastEventId: string,
  { emit, signal }: Pick<PeerAsked, "emit" | "signal">,
): Promise<PeerAnswer> {
  if (session === undefined) throw new FlotillaError("not_found", "The session is not here.");
  const ended = Promise.withResolvers<void>();
  let untaken = 0;
  const sink: EventSink = {
    write(text) {
      untaken += text.length;
      emit(text).then(
        () => (untaken -= text.length),
        () => ended.resolve(),
      );
    },
    backlog: () => untaken,
    end: () => ended.resolve(),
  };
  const detach = session.streams.attach(sink, lastEventId);
  signal.addEventListener("abort", () => ended.resolve(), { once: true });
  await ended.promise;
  detach();
  return {};
}
