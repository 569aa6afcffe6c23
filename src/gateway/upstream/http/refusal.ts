/** What an HTTP status other than 200 means for a call. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { parseMessage, type WireError } from "../../../protocol/jsonrpc.ts";
import type { Answer } from "../contract.ts";
import type { HttpAnswer } from "./http-client.ts";
import { readText } from "./sse-reader.ts";

/** Status of the refusal, for whoever decides on eras and sessions. */
export function refusedStatus(error: unknown): number | undefined {
  const status = error instanceof FlotillaError ? error.data?.["status"] : undefined;
  return typeof status === "number" ? status : undefined;
}

/** True when the server no longer knows the session, so that the request did not run (2025-11-25 transports). */
export function isSessionLost(error: unknown): boolean {
  return error instanceof FlotillaError && error.data?.["session"] === "lost";
}

/** The JSON-RPC error in the body if there is one; else throws what the status alone says. */
export async function refusal(
  answer: HttpAnswer,
  options: { hadSession: boolean; maxBytes: number },
): Promise<Answer> {
  const { status } = answer;
  // Error pages can be long; a JSON-RPC error is not.
  const text = await readText(answer.body, Math.min(options.maxBytes, 1_048_576)).catch(() => "");
  if (status === 404 && options.hadSession) {
    throw new FlotillaError("drone_lost", "The worker no longer knows our session.", {
      retryable: true,
      data: { status, session: "lost", sent: false },
    });
  }
  const error = errorIn(text);
  if (error !== undefined && status < 500 && status !== 401 && status !== 403) {
    return { kind: "error", error };
  }
  throw byStatus(status, answer.headers);
}

function errorIn(text: string): WireError | undefined {
  try {
    const message = parseMessage(text);
    return message.kind === "error" ? message.error : undefined;
  } catch {
    return undefined;
  }
}

function byStatus(status: number, headers: Readonly<Record<string, string>>): FlotillaError {
  // 4xx: the server read the request and declined it, so it did not run. 5xx proves nothing of the kind.
  const data = status < 500 ? { status, sent: false } : { status };
  if (status === 401 || status === 403) {
    return new FlotillaError(
      "worker_unavailable",
      `The remote server refused our credentials (HTTP ${status}).`,
      {
        hint: "Check the headers configured for this worker.",
        data,
      },
    );
  }
  if (status === 429) {
    const seconds = Number(headers["retry-after"]);
    return new FlotillaError("overloaded", "The remote server wants fewer requests (HTTP 429).", {
      retryable: true,
      data,
      ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
    });
  }
  if (status >= 300 && status < 400) {
    return new FlotillaError(
      "worker_unavailable",
      `The remote server redirects (HTTP ${status}).`,
      {
        hint: "Configure the address it redirects to.",
        data,
      },
    );
  }
  if (status < 500) {
    return new FlotillaError(
      "worker_unavailable",
      `The remote server refused the request (HTTP ${status}).`,
      {
        hint: "Check that the URL is an MCP endpoint.",
        data,
      },
    );
  }
  return new FlotillaError("drone_lost", `The remote server failed (HTTP ${status}).`, {
    retryable: true,
    data,
  });
}
