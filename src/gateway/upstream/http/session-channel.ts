/**
 * A legacy HTTP session that outlives the server's memory of it: when the server forgot, it is initialized once more
 * and the request, which did not run, is sent again (2025-11-25 transports, session management).
 */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import type { Channel, ChannelRequest, Hello } from "../contract.ts";
import type { HttpChannel } from "./http-channel.ts";
import { isSessionLost } from "./refusal.ts";

export interface SessionChannelOptions {
  channel: HttpChannel;
  clock: Clock;
  /** The handshake on a channel without session; leaves `channel.session` set. */
  initialize(signal: AbortSignal): Promise<Hello>;
}

const REOPEN_MS = 1_000;
const MAX_REOPEN_MS = 60_000;

export function createSessionChannel(options: SessionChannelOptions): Channel {
  const { channel, clock } = options;
  const life = new AbortController();
  let renewing: Promise<unknown> | undefined;
  let timer: Timer | undefined;
  let quiet = 0;

  /** Single flight: a burst that meets a forgotten session starts one new session. */
  function renew(lost: string | undefined): Promise<unknown> {
    if (channel.session.id !== lost && renewing === undefined) return Promise.resolve();
    renewing ??= (async () => {
      delete channel.session.id;
      await options.initialize(life.signal);
    })().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  async function request(asked: ChannelRequest): Promise<Awaited<ReturnType<Channel["request"]>>> {
    await renewing;
    const used = channel.session.id;
    try {
      return await channel.request(asked);
    } catch (error) {
      if (!isSessionLost(error)) throw error;
      await renew(used);
      return await channel.request(asked);
    }
  }

  async function hear(): Promise<void> {
    const offered = await channel.hearStanding(life.signal).catch(() => true);
    if (!offered || life.signal.aborted) return;
    quiet += 1;
    timer = clock.after(
      Math.min(MAX_REOPEN_MS, REOPEN_MS * 2 ** Math.min(quiet, 6)),
      () => void hear(),
    );
  }
  void hear();

  return {
    request,
    notify: (method, params) => channel.notify(method, params),
    closed: channel.closed,
    close() {
      life.abort();
      timer?.cancel();
      void channel.endSession().finally(() => channel.close());
    },
  };
}
