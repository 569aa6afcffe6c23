/**
 * Where a request that a description or a model made up may go (SSRF). Two questions: is this origin one of those
 * meant, and is the address its name stands for one that everybody can reach? A private address is allowed only for
 * a host that the operator named. Pure; resolving, and asking again for the address connected to, is the caller's.
 */

export interface OutboundPolicy {
  /** Origins (`https://api.example`) that may be asked. */
  readonly origins: readonly string[];
  /** Host names, without port, that the operator wrote down: these may have private addresses. IPv6 in brackets. */
  readonly namedHosts: readonly string[];
}

export type OutboundVerdict = { ok: true } | { ok: false; reason: string; hint: string };

const ALLOWED: OutboundVerdict = { ok: true };

/** Decides on the URL alone, before any name is resolved. Every redirect has to be asked again. */
export function checkTarget(policy: OutboundPolicy, url: URL): OutboundVerdict {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return refuse("Only http and https may be asked.", "Use a URL of one of these.");
  }
  if (url.username !== "" || url.password !== "") {
    return refuse("The URL carries a user name or password.", "Give credentials as such.");
  }
  if (!policy.origins.includes(url.origin)) {
    return refuse(
      `${url.origin} is not one of the servers meant.`,
      "Name it in the configuration.",
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isAddress(host) ? checkAddress(policy, url.hostname, host) : ALLOWED;
}

/** Decides on one address that a host name resolved to; connect to this very address, or ask again. */
export function checkAddress(
  policy: OutboundPolicy,
  hostname: string,
  address: string,
): OutboundVerdict {
  if (policy.namedHosts.includes(hostname) || isPublicAddress(address)) return ALLOWED;
  return refuse(
    `${hostname} has the address ${address}, which is not a public one.`,
    "Name the host in the configuration if it is meant.",
  );
}

/** [network, prefix length]: what IANA's special-purpose registries (RFC 6890) list as not globally reachable. */
const CLOSED_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast and all that is reserved, the broadcast address included.
  ["224.0.0.0", 3],
];

/** True for an address that any machine on the internet could reach. What is no address at all is not public. */
export function isPublicAddress(address: string): boolean {
  const v4 = parseV4(address);
  if (v4 !== undefined) return isPublicV4(v4);
  const groups = parseV6(address);
  if (groups === undefined) return false;
  const inner = embeddedV4(groups);
  if (inner !== undefined) return isPublicV4(inner);
  const [first = 0, second = 0] = groups;
  // Only 2000::/3 is given out; in it 2001::/23 is for protocols and 2001:db8::/32, 3fff::/20 for documents.
  if ((first & 0xe000) !== 0x2000) return false;
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  return !(first === 0x3fff && second < 0x1000);
}

function isAddress(host: string): boolean {
  return parseV4(host) !== undefined || parseV6(host) !== undefined;
}

function isPublicV4(value: number): boolean {
  return !CLOSED_V4.some(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) === Math.floor((parseV4(network) ?? 0) / size);
  });
}

/** Four decimal parts only: the URL parser has already turned every other spelling into this one. */
function parseV4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Eight groups; a zone (`%eth0`) is dropped. */
function parseV6(text: string): number[] | undefined {
  const [plain = ""] = text.split("%", 1);
  if (!plain.includes(":") || plain.length > 45) return undefined;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(Math.floor(v4 / 65_536), v4 % 65_536);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** IPv4 inside IPv6: mapped (::ffff:0:0/96), translated (64:ff9b::/96) and 6to4 (2002::/16). */
function embeddedV4(groups: readonly number[]): number | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a === 0x2002) return b * 65_536 + c;
  const start = [a, b, c, d, e, f].join(",");
  const mapped = start === "0,0,0,0,0,65535";
  const translated = start === "100,65435,0,0,0,0";
  return mapped || translated ? g * 65_536 + h : undefined;
}

function refuse(reason: string, hint: string): OutboundVerdict {
  return { ok: false, reason, hint };
}
