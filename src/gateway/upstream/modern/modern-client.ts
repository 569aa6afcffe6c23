/** Speaks 2026-07-28 and later to a worker: every request carries its own envelope, and over HTTP its own headers. */
import type { Clock } from "../../../protocol/clock.ts";
import { FlotillaError } from "../../../protocol/errors.ts";
import type { RawObject, ResultFacts } from "../../../protocol/jsonrpc.ts";
import { TASKS_EXTENSION } from "../../../protocol/meta.ts";
import { members } from "../../../protocol/raw-json.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import type { Answer, Channel, Hello, Notify, UpstreamCall, UpstreamClient } from "../contract.ts";
import type { WiredClient } from "../legacy/legacy-client.ts";
import { hearingOf } from "../hearing.ts";
import { createLogFan } from "../log-fan.ts";
import { extensionOf, passedExtensions } from "../../catalog/extensions.ts";
import { envelope, type ClientInfo } from "../envelope.ts";
import { requestHeaders } from "./headers.ts";
import { createListening } from "./listening.ts";

export interface ModernClientOptions {
  channel: Channel;
  hello: Hello;
  clock: Clock;
  gateway: ClientInfo;
  /** HTTP needs `Mcp-*` headers; a pipe does not. */
  headers: boolean;
  onChange: Notify;
}

export function createModernClient(options: ModernClientOptions): WiredClient {
  const { channel, hello, gateway, onChange } = options;
  const version = hello.protocolVersion;
  const logs = createLogFan();
  const listening = createListening({ ...options, version });

  async function call(request: UpstreamCall): Promise<Answer> {
    const { rawArguments } = request;
    const leave = logs.join(request);
    const { client, logLevel } = request;
    const params = envelope(request.params, {
      version,
      info: client.info ?? gateway,
      capabilities: carried(client.capabilities),
      ...(logLevel === undefined ? {} : { logLevel }),
    });
    try {
      const answer = await channel.request({
        method: request.method,
        params,
        progress: request.wantsProgress,
        signal: request.signal,
        ...(rawArguments === undefined ? {} : { rawArguments }),
        ...(options.headers ? { headers: requestHeaders(version, request) } : {}),
        onNotification: hearingOf(request, onChange),
      });
      return checked(answer, request, onChange);
    } finally {
      leave();
    }
  }

  const client: UpstreamClient = {
    transport: options.headers ? "http" : "link",
    hello,
    call,
    want: (wanted) => listening.want(wanted.resourceUris),
    closed: channel.closed,
    close() {
      listening.close();
      channel.close();
    },
  };
  return {
    client,
    onNotification(method, params) {
      if (method === "notifications/message") logs.deliver(params);
      else onChange(method, params);
    },
  };
}

/** A worker must not see that a client has an extension whose messages would end here. */
function carried(capabilities: Record<string, unknown>): Record<string, unknown> {
  const { extensions: _extensions, experimental: _experimental, ...rest } = capabilities;
  const extensions = passedExtensions(capabilities);
  return extensions === undefined ? rest : { ...rest, extensions };
}

/** The spec calls an unknown `resultType` an invalid response; an absent one means complete (basic/index). */
function checked(answer: Answer, request: UpstreamCall, onChange: Notify): Answer {
  if (answer.kind === "error") {
    const { code } = answer.error;
    // The marks for headers changed since the lists were read (streamable-http, "Custom headers").
    if (code === WIRE.headerMismatch) onChange("notifications/tools/list_changed", {});
    // Header and version disputes are between this hop and the worker: the client did nothing wrong.
    if (code !== WIRE.headerMismatch && code !== WIRE.unsupportedVersion) return answer;
    throw new FlotillaError(
      "drone_protocol",
      `The worker refused our request: ${answer.error.message.slice(0, 300)}`,
      {
        // The worker judged the envelope and ran nothing.
        data: { sent: false, code },
        retryable: true,
        hint: "If the worker was just updated, try again.",
      },
    );
  }
  const { type } = factsOf(answer.result);
  if (type === "complete" || type === "input_required") return answer;
  // Tasks extension: only for calls of tools, and only for those who can use it.
  if (
    type === "task" &&
    request.method === "tools/call" &&
    extensionOf(request.client.capabilities, TASKS_EXTENSION)
  )
    return answer;
  throw new FlotillaError(
    "drone_protocol",
    "The worker answered with a result type nobody asked for.",
    {
      data: { resultType: type.slice(0, 40) },
    },
  );
}

/** Cheap on purpose: it runs for every answer, and nearly all are complete. */
export function factsOf(result: RawObject): ResultFacts {
  return result.facts ?? findFacts(result.text);
}

export function resultTypeOf(text: string): string {
  return findFacts(text).type;
}

function findFacts(text: string): ResultFacts {
  const saysType = !text.startsWith('{"resultType":"complete"') && text.includes('"resultType"');
  // A long text is searched many times faster than it is matched.
  const saysError = text.includes('"isError"') && ERROR_MARK.test(text);
  if (!saysType && !saysError) return COMPLETE;
  const all = members(text);
  return {
    type: saysType ? typeOf(all.get("resultType")) : "complete",
    isError: saysError && all.get("isError") === "true",
  };
}

function typeOf(raw: string | undefined): string {
  if (raw === undefined) return "complete";
  const value: unknown = JSON.parse(raw);
  return typeof value === "string" ? value : "";
}

const ERROR_MARK = /"isError"\s*:\s*true/;
const COMPLETE: ResultFacts = Object.freeze({ type: "complete", isError: false });
