/** The `initialize` handshake (2025-11-25 basic/lifecycle). */
import { FlotillaError } from "../../../protocol/errors.ts";
import { isSupportedLegacy, LATEST_LEGACY } from "../../../protocol/versions.ts";
import type { Answer, Channel, Hello } from "../contract.ts";
import type { ClientInfo } from "../envelope.ts";
import { identityOf, objectOf } from "../hello.ts";
import { CARRIED_CAPABILITIES } from "./park.ts";

export interface Introduction {
  /** Who asks. */
  info: ClientInfo;
  /** Of the clients to come; without it, all that any client may have. */
  capabilities?: Record<string, unknown>;
  signal: AbortSignal;
}

/** Asks to begin a session and reads the answer; the caller still has to send `notifications/initialized`. */
export async function initialize(channel: Channel, introduction: Introduction): Promise<Hello> {
  const { info, capabilities = CARRIED_CAPABILITIES, signal } = introduction;
  const answer = await channel.request({
    method: "initialize",
    params: { protocolVersion: LATEST_LEGACY, capabilities, clientInfo: info },
    signal,
    neverCancel: true,
  });
  return helloOfInitialize(answer);
}

function helloOfInitialize(answer: Answer): Hello {
  if (answer.kind === "error") {
    throw new FlotillaError(
      "drone_protocol",
      `The worker refused to initialize: ${answer.error.message.slice(0, 300)}`,
      {
        hint: "Check the worker's log; it may need configuration or another protocol version.",
        data: { code: answer.error.code },
      },
    );
  }
  const result = objectOf(answer.result);
  const version = result["protocolVersion"];
  if (typeof version !== "string" || !isSupportedLegacy(version)) {
    throw new FlotillaError(
      "drone_protocol",
      "The worker answered initialize with a protocol version nobody asked for.",
      {
        data: { version: String(version).slice(0, 40) },
      },
    );
  }
  return { era: "legacy", protocolVersion: version, ...identityOf(result, result["serverInfo"]) };
}
