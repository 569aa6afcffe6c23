/** `fetch` of the process that holds the fleet, from another process of it. */
import { pairsOf } from "./messages.ts";
import { FlotillaError, isRecord, type Peer } from "../../../protocol/index.ts";

/** Undefined where nobody serves that path. Bodies stream; aborting the request's signal ends them. */
export async function fleetFetch(peer: Peer, request: Request): Promise<Response | undefined> {
  const body = await request.arrayBuffer();
  const stop = new AbortController();
  const head = Promise.withResolvers<Response | undefined>();
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  let wanted = Promise.withResolvers<void>();
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (controller) => void (stream = controller),
      pull: () => wanted.resolve(),
      cancel: () => stop.abort(),
    },
    { highWaterMark: 1 },
  );
  const answered = peer.request({
    method: "fleet.fetch",
    params: { url: request.url, method: request.method, headers: [...request.headers] },
    raw: Buffer.from(body).toString("base64"),
    signal: AbortSignal.any([request.signal, stop.signal]),
    async onEvent(value) {
      if (isRecord(value)) return head.resolve(responseOf(value, readable));
      // The reader's pace is the sender's: the event counts as taken when the next chunk is wanted.
      await wanted.promise;
      wanted = Promise.withResolvers<void>();
      stream?.enqueue(Buffer.from(String(value), "base64"));
    },
  });
  const finish = async (): Promise<void> => {
    try {
      await answered;
      head.resolve(undefined);
      if (!stop.signal.aborted) stream?.close();
    } catch (error) {
      head.reject(error);
      if (!stop.signal.aborted) stream?.error(error);
    }
  };
  void finish();
  return head.promise;
}

function responseOf(head: Record<string, unknown>, body: ReadableStream): Response {
  const { status, headers } = head;
  if (typeof status !== "number") {
    throw new FlotillaError("fleet_unreachable", "The fleet's process answered something else.");
  }
  const hasNoBody = status === 204 || status === 304;
  return new Response(hasNoBody ? null : body, {
    status,
    headers: Array.isArray(headers) ? pairsOf(headers) : [],
  });
}
