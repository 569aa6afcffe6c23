/** Speaks 2024-11-05 to 2025-11-25 to a worker while its callers speak modern. */
import type { Clock } from "../../../protocol/clock.ts";
import { atLeast, type LogLevel } from "../../../protocol/meta.ts";
import { members, spliceMembers } from "../../../protocol/raw-json.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import { withoutAnswers } from "../../interactive/request-state.ts";
import type {
  Answer,
  Ask,
  Channel,
  ChannelEvents,
  Hello,
  Notify,
  UpstreamCall,
  UpstreamClient,
  Wanted,
} from "../contract.ts";
import { hearingOf } from "../hearing.ts";
import { createLogFan } from "../log-fan.ts";
import { answerWorker } from "./park.ts";
import { type Entry, createAttribution } from "./park-attribution.ts";
import { createSubscriptions } from "./subscriptions.ts";

export interface LegacyClientOptions {
  channel: Channel;
  hello: Hello;
  transport: "link" | "http";
  clock: Clock;
  /** list_changed and resource updates. */
  onChange: Notify;
}

/** The client plus where its channel's ownerless notifications and questions go. */
export interface WiredClient {
  client: UpstreamClient;
  onNotification: Notify;
  /** Without it nothing is answered but pings. */
  onRequest?: Ask;
}

/** Calls during which a worker may ask something; the modern era has no others (basic/patterns/mrtr). */
export const ASKING_METHODS: ReadonlySet<string> = new Set([
  "tools/call",
  "prompts/get",
  "resources/read",
]);

/** Results that the modern era wants cache hints on (utilities/caching); a legacy worker promises nothing. */
const CACHED_METHODS = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/** Events for a channel whose client comes later: before it stands, nobody can be meant. */
export function eventsFor(wired: () => WiredClient | undefined): ChannelEvents {
  return {
    onNotification: (method, params) => wired()?.onNotification(method, params),
    onRequest: (...question) => wired()?.onRequest?.(...question) ?? answerWorker(question[0]),
  };
}

export function createLegacyClient(options: LegacyClientOptions): WiredClient {
  const { channel, hello, onChange } = options;
  const logs = createLogFan();
  const subscriptions = createSubscriptions(channel, hello);
  const raiseLevel = levelRaiser(channel, hello);

  const attribution = createAttribution(options.clock);

  async function call(request: UpstreamCall): Promise<Answer> {
    if (request.params["requestState"] !== undefined) return FOREIGN_STATE;
    const leave = logs.join(request);
    const turn = ASKING_METHODS.has(request.method) ? attribution.enter(request) : undefined;
    let entry: Entry | undefined;
    try {
      // Awaiting a turn that is there already would cost every call one of the event loop's.
      entry = turn instanceof Promise ? await turn : turn;
      const mine = entry;
      if (request.logLevel !== undefined) await raiseLevel(logs.lowestWanted());
      const answer = await channel.request({
        method: request.method,
        params: withoutAnswers(request.params),
        progress: request.wantsProgress,
        signal: request.signal,
        onNotification: hearingOf(request, onChange),
        ...(mine === undefined
          ? {}
          : { onRequest: (method, params, id) => attribution.ask(mine, { method, params, id }) }),
      });
      return modernise(request.method, answer);
    } finally {
      if (entry !== undefined) attribution.leave(entry);
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
    onRequest: (method, params, id) => attribution.attribute({ method, params, id }),
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

/** A legacy worker gives no state, so one that comes for it was made up or belongs to something else. */
const FOREIGN_STATE: Answer = {
  kind: "error",
  error: { code: WIRE.invalidParams, message: "The requestState is not valid for this request." },
};

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
