/** Speaks 2024-11-05 to 2025-11-25 to a worker while its callers speak modern. */
import { atLeast, type LogLevel } from "../../../protocol/meta.ts";
import { members, spliceMembers } from "../../../protocol/raw-json.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import type {
  Answer,
  Channel,
  Hello,
  Notify,
  UpstreamCall,
  UpstreamClient,
  Wanted,
} from "../contract.ts";
import { hearingOf } from "../hearing.ts";
import { createLogFan } from "../log-fan.ts";
import { createSubscriptions } from "./subscriptions.ts";

export interface LegacyClientOptions {
  channel: Channel;
  hello: Hello;
  transport: "link" | "http";
  /** list_changed and resource updates. */
  onChange: Notify;
}

/** The client plus where its channel's ownerless notifications go. */
export interface WiredClient {
  client: UpstreamClient;
  onNotification: Notify;
}

/** Results that the modern era wants cache hints on (utilities/caching); a legacy worker promises nothing. */
const CACHED_METHODS = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

export function createLegacyClient(options: LegacyClientOptions): WiredClient {
  const { channel, hello, onChange } = options;
  const logs = createLogFan();
  const subscriptions = createSubscriptions(channel, hello);
  const raiseLevel = levelRaiser(channel, hello);

  async function call(request: UpstreamCall): Promise<Answer> {
    const leave = logs.join(request);
    try {
      if (request.logLevel !== undefined) await raiseLevel(logs.lowestWanted());
      const answer = await channel.request({
        method: request.method,
        params: request.params,
        progress: request.wantsProgress,
        signal: request.signal,
        onNotification: hearingOf(request, onChange),
      });
      return modernise(request.method, answer);
    } finally {
      leave();
    }
  }

  return {
    client: {
      transport: options.transport,
      hello,
      call,
      want: (wanted: Wanted) => subscriptions.want(wanted.resourceUris),
      closed: channel.closed,
      close: () => channel.close(),
    },
    onNotification(method, params) {
      if (method === "notifications/message") logs.deliver(params);
      else onChange(method, params);
    },
  };
}

/** `logging/setLevel` holds for the whole session: it is only ever made more talkative, and filtered per call. */
function levelRaiser(
  channel: Channel,
  hello: Hello,
): (wanted: LogLevel | undefined) => Promise<void> {
  let current: LogLevel | undefined;
  let raising: Promise<void> = Promise.resolve();
  const supported = "logging" in hello.capabilities;
  return (wanted) => {
    if (!supported || wanted === undefined) return raising;
    if (current !== undefined && atLeast(wanted, current)) return raising;
    current = wanted;
    raising = channel.request({ method: "logging/setLevel", params: { level: wanted } }).then(
      () => undefined,
      // The call itself will find out whether the worker is gone.
      () => undefined,
    );
    return raising;
  };
}

/** Adds what a modern result must have. Members the worker sent win, except a `resultType` it cannot know. */
function modernise(method: string, answer: Answer): Answer {
  if (answer.kind === "error") {
    // 2025-11-25 told a missing resource by -32002; the modern era forbids that code (server/resources, errors).
    const { error } = answer;
    return error.code === WIRE.resourceNotFound
      ? { kind: "error", error: { ...error, code: WIRE.invalidParams } }
      : answer;
  }
  const set: Record<string, string> = { resultType: '"complete"' };
  if (CACHED_METHODS.has(method)) {
    const has = members(answer.result.text);
    if (!has.has("ttlMs")) set["ttlMs"] = "0";
    if (!has.has("cacheScope")) set["cacheScope"] = '"private"';
  }
  return { kind: "result", result: { text: spliceMembers(answer.result.text, { set }) } };
}
