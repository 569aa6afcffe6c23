/**
 * Remembers which era a worker's revision speaks, so that later drones need no probe. Verdicts are dated, and never
 * drawn from authorization failures or server errors: those say nothing about the era.
 */
import type { Clock } from "../../protocol/clock.ts";

type Transport = "link" | "streamable-http" | "sse";

interface EraVerdict {
  era: "modern" | "legacy";
  transport: Transport;
}

export interface EraMemory {
  recall(key: string): EraVerdict | undefined;
  remember(key: string, verdict: EraVerdict): void;
  forget(key: string): void;
}

/** An hour: a remote server may be upgraded under an unchanged revision. */
const VERDICT_TTL_MS = 3_600_000;
const MAX_VERDICTS = 10_000;

export function createEraMemory(clock: Clock): EraMemory {
  const verdicts = new Map<string, { verdict: EraVerdict; untilMs: number }>();
  return {
    recall(key) {
      const known = verdicts.get(key);
      if (known === undefined || known.untilMs <= clock.monotonicMs()) return undefined;
      return known.verdict;
    },
    remember(key, verdict) {
      // Insertion order makes the first key the oldest.
      verdicts.delete(key);
      const oldest = verdicts.size >= MAX_VERDICTS ? verdicts.keys().next().value : undefined;
      if (oldest !== undefined) verdicts.delete(oldest);
      verdicts.set(key, { verdict, untilMs: clock.monotonicMs() + VERDICT_TTL_MS });
    },
    forget: (key) => void verdicts.delete(key),
  };
}
