/**
 * Which `Host` and `Origin` a server answers to. A page that a browser has open can reach a loopback server under a
 * name of its own (DNS rebinding) or by a cross-site request; both show in these two headers and end here.
 * MCP asks for the check: 2026-07-28, transports, security.
 */

export interface HostPolicy {
  /** Host names, with or without port; `any` where the network in front already decides. IPv6 stands in brackets. */
  hosts: readonly string[] | "any";
  /** Whole origins (`https://app.example`) that may call besides those whose host is allowed. */
  origins: readonly string[];
}

export type GuardVerdict = { ok: true } | { ok: false; header: "Host" | "Origin"; reason: string };

export const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"] as const;

/** Loopback names only: right for the default bind, and the default everywhere. */
export const LOOPBACK_POLICY: HostPolicy = { hosts: LOOPBACK_HOSTS, origins: [] };

/**
 * The policy for a server bound to `bind`. On loopback the loopback names always work and others are added by name;
 * elsewhere only named hosts count, and without any the network in front is trusted to have decided.
 */
export function policyFor(
  bind: string,
  named: { hosts?: readonly string[]; origins?: readonly string[] } = {},
): HostPolicy {
  const { hosts = [], origins = [] } = named;
  if (isLoopback(bind)) return { hosts: [...LOOPBACK_HOSTS, ...hosts], origins };
  return { hosts: hosts.length > 0 ? hosts : "any", origins };
}

const ALLOWED: GuardVerdict = { ok: true };

/** Decides on one request's two headers. Pure; a missing Origin is not a browser and passes. */
export function checkHost(
  policy: HostPolicy,
  host: string | undefined,
  origin: string | undefined,
): GuardVerdict {
  const name = host === undefined ? undefined : hostName(host);
  if (name === undefined || host === undefined) {
    return refuse("Host", "The Host header is missing or not a host name.");
  }
  if (policy.hosts !== "any" && !lists(policy.hosts, host, name)) {
    return refuse("Host", "This server does not answer to that Host.");
  }
  if (origin === undefined) return ALLOWED;
  return originAllowed(policy, name, origin)
    ? ALLOWED
    : refuse("Origin", "This server does not accept requests from that Origin.");
}

/** True when an address only this machine can reach is bound. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}

function lists(hosts: readonly string[], host: string, name: string): boolean {
  const full = host.toLowerCase();
  return hosts.some((entry) => {
    const allowed = entry.toLowerCase();
    return allowed === full || allowed === name;
  });
}

function originAllowed(policy: HostPolicy, name: string, origin: string): boolean {
  if (policy.origins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase())) return true;
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  // "null" (sandboxed pages, files) and opaque schemes have no host to judge by.
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  if (url.origin.toLowerCase() !== origin.toLowerCase()) return false;
  return policy.hosts === "any"
    ? url.hostname.toLowerCase() === name
    : lists(policy.hosts, url.host, url.hostname.toLowerCase());
}

/** `name[:port]` → the name in lower case; undefined for anything else, user info and lists included. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

const refuse = (header: "Host" | "Origin", reason: string): GuardVerdict => ({
  ok: false,
  header,
  reason,
});
