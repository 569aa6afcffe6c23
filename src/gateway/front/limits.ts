/** Bounds of the front. Every one has a reason to exist and none is infinite. */

export interface FrontLimits {
  /** Of one request body. */
  maxBodyBytes: number;
  /** Nesting of a message: well above real schemas and arguments. */
  maxDepth: number;
  /** Calls under way, all clients together. Beyond it new ones are told to come back. */
  maxInFlight: number;
  /** Open listen streams, all clients together. */
  maxListens: number;
  /** Resource subscriptions of one listen stream or session. */
  maxSubscriptions: number;
  /** Legacy sessions. When full, the one idle for longest gives way. */
  maxSessions: number;
  sessionIdleMs: number;
  /** With several gateways the id itself is the session: how long it is good for. */
  sessionLifeMs: number;
  /** Calls under way and standing streams of one legacy session. */
  maxCallsPerSession: number;
  maxStreamsPerSession: number;
  /** Messages in one batch (2025-03-26). */
  maxBatch: number;
  /** What a session keeps for clients that resume a stream. */
  maxReplayEvents: number;
  maxReplayBytes: number;
  /** Unread bytes of a stream beyond which progress and log messages are left out. */
  softBacklogBytes: number;
  /** Unread bytes beyond which the stream is given up. */
  hardBacklogBytes: number;
  /** A comment is sent on open streams this often; also how soon a silent call turns into a stream. */
  keepAliveMs: number;
}

export const DEFAULT_FRONT_LIMITS: FrontLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxDepth: 128,
  maxInFlight: 10_000,
  maxListens: 1024,
  maxSubscriptions: 256,
  maxSessions: 10_000,
  sessionIdleMs: 30 * 60_000,
  sessionLifeMs: 24 * 60 * 60_000,
  maxCallsPerSession: 256,
  maxStreamsPerSession: 4,
  maxBatch: 100,
  maxReplayEvents: 256,
  maxReplayBytes: 1024 * 1024,
  softBacklogBytes: 256 * 1024,
  hardBacklogBytes: 8 * 1024 * 1024,
  // Common proxies cut silent connections after 30 to 60 seconds.
  keepAliveMs: 15_000,
};
