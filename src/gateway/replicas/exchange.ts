/** Where the gateways of one machine meet: passes each what another sends, and says at once when one is gone. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { Peer, PeerAnswer, PeerAsked, PeerServe } from "../../protocol/peer.ts";

/** Method names on the wire begin so. */
export const EXCHANGE_METHODS = "exchange.";

export interface Exchange {
  /** For the connection of one process; `peer` is the way back to it. */
  desk(peer: () => Peer): PeerServe;
  /** Gateways that have joined. */
  readonly members: readonly string[];
}

interface Member {
  peer: Peer;
  /** Tells it who is gone. */
  tellGone(gatewayId: string): void;
}

/** A gateway that is alive acts within milliseconds; one that hangs must not hold up the others. */
const TELL_MS = 2_000;

interface Meeting {
  members: Map<string, Member>;
  timeout: (ms: number) => AbortSignal;
}

/** Lasts as long as the member's connection. */
async function join(
  { members }: Meeting,
  asked: PeerAsked,
  { gatewayId, peer }: { gatewayId: string; peer: Peer },
): Promise<PeerAnswer> {
  const member: Member = {
    peer,
    tellGone: (id) => void asked.emit(id).catch(() => {}),
  };
  members.set(gatewayId, member);
  void asked.emit(true).catch(() => {});
  await peer.closed;
  if (members.get(gatewayId) === member) members.delete(gatewayId);
  for (const other of members.values()) other.tellGone(gatewayId);
  return {};
}

async function pass(
  { members }: Meeting,
  asked: PeerAsked,
  [to, method, params]: unknown[],
): Promise<PeerAnswer> {
  const member = members.get(String(to));
  if (member === undefined) {
    throw new FlotillaError("fleet_unreachable", "That gateway is gone.", {
      retryable: true,
      data: { sent: false },
    });
  }
  const { raw, signal, emit } = asked;
  return member.peer.request({
    method: String(method),
    params,
    signal,
    onEvent: (value) => emit(value),
    ...(raw === undefined ? {} : { raw }),
  });
}

async function tell(
  { members, timeout }: Meeting,
  { raw }: PeerAsked,
  [from, method, params]: unknown[],
): Promise<PeerAnswer> {
  const signal = timeout(TELL_MS);
  const others = [...members].filter(([id]) => id !== from);
  await Promise.allSettled(
    others.map(([, { peer }]) =>
      peer.request({
        method: String(method),
        params,
        signal,
        ...(raw === undefined ? {} : { raw }),
      }),
    ),
  );
  return {};
}

export function createExchange(options: Pick<Meeting, "timeout">): Exchange {
  const meeting: Meeting = { members: new Map(), timeout: options.timeout };
  return {
    desk: (peer) => async (asked) => {
      const params = Array.isArray(asked.params) ? (asked.params as unknown[]) : [];
      switch (asked.method) {
        case "exchange.join":
          return join(meeting, asked, { gatewayId: String(params[0]), peer: peer() });
        case "exchange.pass":
          return pass(meeting, asked, params);
        case "exchange.tell":
          return tell(meeting, asked, params);
        default:
          throw new FlotillaError("not_supported", "The exchange does no such thing.");
      }
    },
    get members() {
      return [...meeting.members.keys()];
    },
  };
}
