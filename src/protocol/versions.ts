/** The protocol's published versions, newest first, and which era each belongs to. */

/** Stateless: every request carries its own envelope. */
export const MODERN_VERSIONS = ["2026-07-28"] as const;
/** A session opened by `initialize`. */
export const LEGACY_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

export const LATEST_MODERN = MODERN_VERSIONS[0];
export const LATEST_LEGACY = LEGACY_VERSIONS[0];
/** What a legacy HTTP request without a version header speaks (2025-06-18, transports). */
export const HEADERLESS_VERSION = "2025-03-26";

const FIRST_MODERN = "2026-07-28";

/**
 * True for any dated version of the modern era, also one we do not speak: versions are ISO dates, so text order is
 * time order. Ask `isSupportedModern` before answering.
 */
export function isModern(version: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= FIRST_MODERN;
}

export function isSupportedModern(version: string): boolean {
  return (MODERN_VERSIONS as readonly string[]).includes(version);
}

export function isSupportedLegacy(version: string): boolean {
  return (LEGACY_VERSIONS as readonly string[]).includes(version);
}

/** The answer to `initialize`: the requested version if we speak it, else our newest legacy one. */
export function negotiateLegacy(requested: unknown): (typeof LEGACY_VERSIONS)[number] {
  return LEGACY_VERSIONS.find((version) => version === requested) ?? LATEST_LEGACY;
}
