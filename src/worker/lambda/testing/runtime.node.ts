/**
 * The streaming half of Lambda's Node runtime, as its public interface client has it: the marked handler, and a stream that
 * sends the head as JSON and eight zero bytes before the first write. What it would post is kept.
 */
import { PassThrough } from "node:stream";
import type { LambdaContext, LambdaStream, LambdaStreamingHandler } from "../handler.ts";

const HEAD_TYPE = "application/vnd.awslambda.http-integration-response";
const DELIMITER = Buffer.alloc(8);

interface ResponseStream extends LambdaStream {
  contentType: string;
  onFirst: (() => void) | undefined;
}

function responseStream(inner: PassThrough): ResponseStream {
  return {
    contentType: "application/octet-stream",
    onFirst: undefined,
    write(chunk) {
      const first = this.onFirst;
      this.onFirst = undefined;
      first?.();
      return inner.write(chunk);
    },
    end: () => inner.end(),
    once: (event, listener) => inner.once(event, listener),
    get writableNeedDrain() {
      return inner.writableNeedDrain;
    },
    get writableFinished() {
      return inner.writableFinished;
    },
  };
}

export interface Posted {
  contentType: string;
  head: { statusCode: number; headers: Record<string, string> };
  body: string;
}

export interface StreamingRuntime {
  /** To be `globalThis.awslambda`. */
  readonly awslambda: object;
  invoke(handler: unknown, event: unknown, context: LambdaContext): Promise<Posted>;
}

export function streamingRuntime(): StreamingRuntime {
  const marked = new WeakSet<object>();
  const awslambda = {
    streamifyResponse(handler: LambdaStreamingHandler) {
      marked.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from(stream: ResponseStream, head: object) {
        stream.contentType = HEAD_TYPE;
        stream.onFirst = () => {
          stream.write(JSON.stringify(head));
          stream.write(DELIMITER);
        };
        return stream;
      },
    },
  };
  return {
    awslambda,
    async invoke(handler, event, context) {
      if (typeof handler !== "function" || !marked.has(handler)) {
        throw new Error("The handler does not stream.");
      }
      const inner = new PassThrough();
      const stream = responseStream(inner);
      const chunks: Buffer[] = [];
      inner.on("data", (chunk: Buffer) => chunks.push(chunk));
      const returned: unknown = handler(event, stream, context);
      if (!(returned instanceof Promise)) throw new Error("Streaming handlers are async.");
      await returned;
      if (!inner.writableFinished) throw new Error("Response stream is not finished.");
      const all = Buffer.concat(chunks);
      const at = all.indexOf(DELIMITER);
      return {
        contentType: stream.contentType,
        head: JSON.parse(all.subarray(0, at).toString()),
        body: all.subarray(at + DELIMITER.length).toString(),
      };
    },
  };
}
