/** A worker behind HTTP, whatever carries it: `/mcp` for clients; `/health`, `/ready` and `/metrics` for what runs it. */
import { FlotillaError } from "../../protocol/index.ts";
import { checkHost } from "../../security/index.ts";
import { createMeterRegistry } from "../../telemetry/index.ts";
import { createAskDesk } from "../asking/ask-desk.ts";
import type { Worker } from "../contract.ts";
import { createRuntime } from "../runtime.ts";
import { busy, invalid, json, notAllowed, plain } from "./answers.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import type { HttpOptions, HttpParts } from "./parts.ts";
import { answerPost } from "./post.ts";
import { createSessions } from "./sessions.ts";

export interface HttpCore {
  /** Never rejects. */
  handle(ask: HttpAsk): Promise<HttpAnswer>;
  /** `/ready` says no, listen streams end in good order, running calls go on. */
  drain(): void;
  /** Waits for running calls for up to `graceMs`, aborts the rest, then `onStop`. */
  stop(graceMs: number): Promise<void>;
}

export const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;
export const DEFAULT_MAX_CALLS = 1024;

export function createHttpCore(worker: Worker, options: HttpOptions): HttpCore {
  const meter = createMeterRegistry();
  const runtime = createRuntime(worker, {
    ...options,
    observe({ tool, outcome, durationMs }) {
      meter.count("worker_calls", 1, { tool, outcome });
      meter.observe("worker_call_ms", durationMs, { tool });
    },
  });
  const parts: HttpParts = {
    runtime,
    options,
    sessions: createSessions(options.newId),
    asks: createAskDesk(options),
    listening: new Set(),
    load: { running: 0 },
  };
  let isDraining = false;
  const route = (ask: HttpAsk): HttpAnswer | Promise<HttpAnswer> => {
    const { method, path } = ask;
    const { running } = parts.load;
    if (path === "/mcp") {
      if (method !== "POST") return notAllowed("POST");
      if (!isDraining && running < options.maxCalls) return answerPost(parts, ask);
      return busy(isDraining ? stopping(worker.name) : full(worker.name));
    }
    if (method !== "GET" && method !== "HEAD") return notAllowed("GET");
    if (path === "/health") return json(200, { status: isDraining ? "stopping" : "ok", running });
    if (path === "/ready") return json(isDraining ? 503 : 200, { ready: !isDraining });
    if (path === "/metrics") {
      meter.gauge("worker_calls_running", running);
      return plain(meter.exposition(), "text/plain; version=0.0.4; charset=utf-8");
    }
    return invalid(404, "There is nothing here. The worker is at /mcp.");
  };
  return {
    async handle(ask) {
      const verdict = checkHost(options.policy, ask.header("host"), ask.header("origin"));
      const answer = verdict.ok ? await route(ask) : invalid(403, verdict.reason);
      if (ask.path === "/mcp") meter.count("worker_requests", 1, { status: String(answer.status) });
      return answer;
    },
    drain() {
      isDraining = true;
      for (const end of parts.listening) end();
    },
    stop: (graceMs) => runtime.stop(graceMs),
  };
}

function stopping(name: string): FlotillaError {
  return new FlotillaError("drone_lost", `${name} is stopping.`, {
    retryable: true,
    retryAfterMs: 1000,
    hint: "Send the call again: another drone will take it.",
  });
}

function full(name: string): FlotillaError {
  return new FlotillaError("overloaded", `${name} has all the calls it may have.`, {
    retryable: true,
    retryAfterMs: 1000,
    hint: "Try again shortly.",
  });
}
