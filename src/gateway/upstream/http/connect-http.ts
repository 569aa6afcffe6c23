/** First contact over HTTP (2026-07-28 streamable-http, "Backward compatibility"). */
import { FlotillaError } from "../../../protocol/errors.ts";
import { LATEST_MODERN } from "../../../protocol/versions.ts";
import type { Dialled } from "../../dial.ts";
import type { Contact } from "../connect.ts";
import type { Channel, Hello } from "../contract.ts";
import { initialize } from "../legacy/handshake.ts";
import { createLegacyClient, eventsFor, type WiredClient } from "../legacy/legacy-client.ts";
import { createSessionedClient } from "../legacy/legacy-client-sessions.ts";
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
      const hello = await discover(contact, channel);
      if (hello !== "legacy") {
        contact.eras.remember(contact.eraKey, { era: "modern", transport: "streamable-http" });
        return createModernClient({ ...contact, channel, hello, headers: true });
      }
    }
    return await overSession(contact, dialled, channel);
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
  retryVersion?: string,
): Promise<Hello | "legacy"> {
  const version = retryVersion ?? LATEST_MODERN;
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
    // Twice refused, whatever it says it supports: only the handshake is left.
    return retryVersion === undefined
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

/** The session that belongs to no client in particular, and behind it one for each kind of client. */
async function overSession(
  contact: Contact,
  dialled: HttpDialled,
  channel: HttpChannel,
): Promise<WiredClient> {
  const { signal } = contact;
  const base = await openSession(contact, { channel, signal });
  contact.eras.remember(contact.eraKey, { era: "legacy", transport: "streamable-http" });
  return createSessionedClient({
    base,
    clock: contact.clock,
    hasSessions: () => channel.session.id !== undefined,
    async open(capabilities, opening) {
      let wired: WiredClient | undefined;
      const events = eventsFor(() => wired);
      const own = createHttpChannel({ ...contact, ...dialled, events });
      try {
        wired = await openSession(contact, { channel: own, capabilities, signal: opening });
        return wired.client;
      } catch (error) {
        own.close();
        throw error;
      }
    },
  });
}

interface Opening {
  channel: HttpChannel;
  capabilities?: Record<string, unknown>;
  signal: AbortSignal;
}

async function openSession(contact: Contact, opening: Opening): Promise<WiredClient> {
  const { channel } = opening;
  const begin = async (signal: AbortSignal): Promise<Hello> => {
    delete channel.session.id;
    delete channel.session.version;
    const hello = await initialize(channel, { ...opening, info: contact.gateway, signal });
    channel.session.version = hello.protocolVersion;
    await channel.notify("notifications/initialized", {});
    return hello;
  };
  const hello = await begin(opening.signal);
  const session: Channel = createSessionChannel({
    channel,
    clock: contact.clock,
    initialize: begin,
  });
  return createLegacyClient({ ...contact, channel: session, hello, transport: "http" });
}

async function overOldSse(contact: Contact, dialled: HttpDialled): Promise<WiredClient> {
  const link = await openOldSse({ ...contact, url: dialled.url, headers: dialled.headers });
  const channel = createLinkChannel({ ...contact, link });
  try {
    const { gateway: info, signal } = contact;
    const hello = await initialize(channel, { info, signal });
    await channel.notify("notifications/initialized", {});
    contact.eras.remember(contact.eraKey, { era: "legacy", transport: "sse" });
    return createLegacyClient({ ...contact, channel, hello, transport: "http" });
  } catch (error) {
    channel.close();
    throw error instanceof FlotillaError
      ? error
      : new FlotillaError("drone_lost", "The remote server broke off.", { cause: error });
  }
}
