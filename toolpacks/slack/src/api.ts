/** Slack's Web API: one POST per method, answers with `ok`. The token is in a header, and in nothing that is shown. */
import { FlotillaError } from "flotilla/protocol";
import { failure } from "flotilla/worker";
import type { CallToolResult } from "flotilla/worker";

export interface SlackParts {
  env: Readonly<Record<string, string | undefined>>;
  fetch: typeof fetch;
}

export type SlackCall = (
  method: string,
  args: Record<string, string>,
  signal: AbortSignal,
) => Promise<Record<string, unknown>>;

const TIMEOUT_MS = 30_000;
const MAX_CHARS = 4 * 1024 * 1024;
const HINTS: Readonly<Record<string, string>> = {
  channel_not_found: "Look with slack_channels.",
  not_in_channel: "Invite the app to the channel.",
  missing_scope: "Give the app's token the scope that this method asks for.",
  invalid_auth: "Check SLACK_TOKEN.",
  not_authed: "Check SLACK_TOKEN.",
};

export function createSlack({ env, fetch }: SlackParts): SlackCall {
  return async (method, args, signal) => {
    const token = env["SLACK_TOKEN"];
    if (token === undefined || !/^[\u0021-\u007e]+$/.test(token)) {
      const hint = "Set it to a bot token of your Slack app (xoxb-…).";
      throw new FlotillaError("config_invalid", "SLACK_TOKEN is not set.", { hint });
    }
    const root = (env["SLACK_API_URL"] ?? "https://slack.com/api").replace(/\/$/, "");
    const response = await fetch(`${root}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(args),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch((error: unknown) => {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      throw timedOut
        ? new FlotillaError("call_timeout", "Slack took too long.")
        : new FlotillaError("worker_unavailable", "Slack cannot be reached.", { retryable: true });
    });
    return answerOf(response, method);
  };
}

async function answerOf(response: Response, method: string): Promise<Record<string, unknown>> {
  if (response.status === 429) {
    const wait = response.headers.get("retry-after") ?? "";
    const hint = /^\d{1,5}$/.test(wait) ? `Try again in ${wait} s.` : "Try again later.";
    throw new FlotillaError("overloaded", "Slack asks to wait.", { hint, retryable: true });
  }
  const text = await response.text();
  const value: unknown = response.ok && text.length <= MAX_CHARS ? parsed(text) : undefined;
  if (typeof value !== "object" || value === null) {
    throw new FlotillaError("worker_unavailable", `Slack answered HTTP ${response.status}.`, {
      retryable: response.status >= 500,
    });
  }
  const answer = Object.fromEntries(Object.entries(value));
  if (answer["ok"] === true) return answer;
  const { error } = answer;
  const code = typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : "unknown";
  const hint = HINTS[code];
  throw new FlotillaError(
    "forbidden",
    `${method} failed: ${code}.`,
    hint === undefined ? {} : { hint },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What Slack refused is told to the model; all else is left to the kit. */
export async function told(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    return failure(
      error.hint === undefined ? error.message : `${error.message}\nhint: ${error.hint}`,
    );
  }
}
