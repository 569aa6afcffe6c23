/** Binds the pure Host and Origin check to requests, and remembers the last good pair: nearly all requests repeat it. */
import { LOOPBACK_POLICY, checkHost } from "../security/index.ts";
import type { GuardVerdict, HostPolicy } from "../security/index.ts";

export type Guard = (host: string | undefined, origin: string | undefined) => GuardVerdict;

const PASSED: GuardVerdict = { ok: true };

export function createGuard(policy: HostPolicy = LOOPBACK_POLICY): Guard {
  let lastHost: string | undefined;
  let lastOrigin: string | undefined;
  return (host, origin) => {
    if (host !== undefined && host === lastHost && origin === lastOrigin) return PASSED;
    const verdict = checkHost(policy, host, origin);
    if (verdict.ok) {
      lastHost = host;
      lastOrigin = origin;
    }
    return verdict;
  };
}
