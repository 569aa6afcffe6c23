/** First contact over HTTP (2026-07-28 streamable-http, "Backward compatibility"). */
import { FlotillaError } from "../../../protocol/errors.ts";
import { LATEST_MODERN } from "../../../protocol/versions.ts";
import type { Dialled } from "../../dial.ts";
import type { Contact } from "../connect.ts";
import type { Channel, Hello } from "../contract.ts";
import { initialize } from "../legacy/handshake.ts";
import { createLegacyClient, type WiredClient } from "../legacy/legacy-client.ts";
import { createLinkChannel } from "../link/link-channel.ts";
import { DISCOVER, discoverParams, judge } from "../modern/discover.ts";
import { baseHeaders } from "../modern/headers.ts";
import { createModernClient } from "../modern/modern-client.ts";
import { createHttpChannel, type HttpChannel } from "./http-channel.ts";
import { openOldSse } from "./old-sse-link.ts";
import { refusedStatus } from "./refusal.ts";
import { createSessionChannel } from "./session-channel.ts";

type HttpDialled = Dialled & { kind: "http" };

export async function connectHttp(contact: Contact, dialled: HttpDialled): Promise<WiredClient> {
  const known = contact.eras.recall(contact.eraKey);
  if (dialled.transport === "sse" || (dialled.transport === "auto" && known?.transport === "sse")) {
    return overOldSse(contact, dialled);
  }
  const channel = createHttpChannel({ ...contact, url: dialled.url, headers: dialled.headers });
  try {
    if (known?.era !== "legacy") {
      const hello = await discover(contact, channel, LATEST_MODERN);
      if (hello !== "legacy") {
        contact.eras.remember(contact.eraKey, { era: "modern", transport: "streamable-http" });
        return createModernClient({ ...contact, channel, hello, headers: true });
      }
    }
    return await overSession(contact, channel);
  } catch (error) {
    channel.close();
    contact.eras.forget(contact.eraKey);
    // An old server knows no POST at this address (2025-11-25 transports, backwards compatibility).
    if (dialled.transport !== "auto" || !saysNoPost(error)) throw error;
    return overOldSse(contact, dialled);
  }
}

/** Legacy by a 4xx without a modern error; 401, 403 and 5xx throw and prove nothing. */
async function discover(
  contact: Contact,
  channel: HttpChannel,
  version: string,
): Promise<Hello | "legacy"> {
  try {
    const answer = await channel.request({
      method: DISCOVER,
      params: discoverParams(contact.gateway, version),
      headers: baseHeaders(version, DISCOVER),
      signal: contact.signal,
    });
    const verdict = judge(answer, version);
    if (verdict.era === "legacy") return "legacy";
    if ("hello" in verdict) return verdict.hello;
    return version === LATEST_MODERN
      ? await discover(contact, channel, verdict.retryVersion)
      : "legacy";
  } catch (error) {
    const status = refusedStatus(error);
    const isEvidence =
      status !== undefined && status >= 400 && status < 500 && !NO_EVIDENCE.has(status);
    if (isEvidence) return "legacy";
    throw error;
  }
}

const NO_EVIDENCE = new Set([401, 403, 408, 429]);

function saysNoPost(error: unknown): boolean {
  const status = refusedStatus(error);
  return status === 404 || status === 405;
}

async function overSession(contact: Contact, channel: HttpChannel): Promise<WiredClient> {
  const begin = async (signal: AbortSignal): Promise<Hello> => {
    delete channel.session.id;
    delete channel.session.version;
    const hello = await initialize(channel, contact.gateway, signal);
    channel.session.version = hello.protocolVersion;
    await channel.notify("notifications/initialized", {});
    return hello;
  };
  const hello = await begin(contact.signal);
  contact.eras.remember(contact.eraKey, { era: "legacy", transport: "streamable-http" });
  const session: Channel = createSessionChannel({
    channel,
    clock: contact.clock,
    initialize: begin,
  });
  return createLegacyClient({
    channel: session,
    hello,
    transport: "http",
    onChange: contact.onChange,
  });
}

async function overOldSse(contact: Contact, dialled: HttpDialled): Promise<WiredClient> {
  const link = await openOldSse({ ...contact, url: dialled.url, headers: dialled.headers });
  const channel = createLinkChannel({ ...contact, link });
  try {
    const hello = await initialize(channel, contact.gateway, contact.signal);
    await channel.notify("notifications/initialized", {});
    contact.eras.remember(contact.eraKey, { era: "legacy", transport: "sse" });
    return createLegacyClient({ channel, hello, transport: "http", onChange: contact.onChange });
  } catch (error) {
    channel.close();
    throw error instanceof FlotillaError
      ? error
      : new FlotillaError("drone_lost", "The remote server broke off.", { cause: error });
  }
}
