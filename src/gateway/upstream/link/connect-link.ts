/** First contact over a pipe (2026-07-28 basic/transports/stdio, "Backward compatibility"). */
import { sleep } from "../../../protocol/clock.ts";
import { isFlotillaError } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import { LATEST_MODERN } from "../../../protocol/versions.ts";
import type { Contact } from "../connect.ts";
import type { Channel, Hello } from "../contract.ts";
import { initialize } from "../legacy/handshake.ts";
import { createLegacyClient, type WiredClient } from "../legacy/legacy-client.ts";
import { DISCOVER, discoverParams, judge } from "../modern/discover.ts";
import { createModernClient } from "../modern/modern-client.ts";
import { createLinkChannel } from "./link-channel.ts";

/**
 * How long silence may last before `initialize` follows the probe. Short, because it delays every silent legacy
 * worker; wrong guesses are harmless, because the first valid answer decides, whichever question it answers.
 */
const SILENCE_MS = 1_000;

export async function connectLink(contact: Contact, link: MessageLink): Promise<WiredClient> {
  const { events, telemetry, maxMessageBytes } = contact;
  const channel = createLinkChannel({ link, events, telemetry, maxMessageBytes });
  try {
    const hello = await shakeHands(contact, channel);
    contact.eras.remember(contact.eraKey, { era: hello.era, transport: "link" });
    if (hello.era === "modern")
      return createModernClient({ ...contact, channel, hello, headers: false });
    await channel.notify("notifications/initialized", {});
    return createLegacyClient({ ...contact, channel, hello, transport: "link" });
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function shakeHands(contact: Contact, channel: Channel): Promise<Hello> {
  const { gateway: info, signal } = contact;
  const begin = (): Promise<Hello> => initialize(channel, { info, signal });
  if (contact.eras.recall(contact.eraKey)?.era === "legacy") {
    try {
      return await begin();
    } catch (error) {
      // A worker that answered, but not as remembered, is judged anew.
      if (!isFlotillaError(error) || error.code !== "drone_protocol") throw error;
      contact.eras.forget(contact.eraKey);
    }
  }
  const probe = discover(contact, channel);
  const waiting = new AbortController();
  const silence = sleep(contact.clock, SILENCE_MS, waiting.signal).then(() => "silence" as const);
  try {
    const first = await Promise.race([probe, silence]);
    if (first === "legacy") return await begin();
    if (first !== "silence") return first;
  } finally {
    waiting.abort();
  }
  // Both questions are out. A worker that was only slow to start may still answer the first one.
  const modern = probe.then((hello) =>
    hello === "legacy" ? Promise.reject(new Error("legacy")) : hello,
  );
  const legacy = begin();
  return Promise.any([modern, legacy]).catch(() => legacy);
}

async function discover(
  contact: Contact,
  channel: Channel,
  retryVersion?: string,
): Promise<Hello | "legacy"> {
  const version = retryVersion ?? LATEST_MODERN;
  const answer = await channel.request({
    method: DISCOVER,
    params: discoverParams(contact.gateway, version),
    signal: contact.signal,
    neverCancel: true,
  });
  const verdict = judge(answer, version);
  if (verdict.era === "legacy") return "legacy";
  if ("hello" in verdict) return verdict.hello;
  // Twice refused, whatever it says it supports: only the handshake is left.
  return retryVersion === undefined ? discover(contact, channel, verdict.retryVersion) : "legacy";
}
