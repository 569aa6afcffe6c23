/** The little of HTTP that the upstream leg needs; bindings (undici on Node) live in files of their own. */
import type { CallSignal } from "../../call-signal.ts";

export interface HttpRequest {
  method: "GET" | "POST" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal?: CallSignal;
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names; repeated headers joined with a comma. */
  headers: Readonly<Record<string, string>>;
  /** Decoded text as it comes. Ending the iteration early frees the connection. */
  body: AsyncIterable<string>;
}

export interface HttpClient {
  /**
   * Resolves with the head of the answer, whatever its status. Redirects are not followed (a worker's URL is the
   * operator's choice, not the server's). Rejects with `notSent` when no byte of the request can have arrived,
   * with `drone_lost` when it may have, and with `call_cancelled` when `signal` aborted.
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}
