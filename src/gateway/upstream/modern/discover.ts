/** The modern first contact: `server/discover`, and what its failure tells about the era. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { isRecord, type WireError } from "../../../protocol/jsonrpc.ts";
import { META } from "../../../protocol/meta.ts";
import { isSupportedModern, LATEST_MODERN } from "../../../protocol/versions.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import type { Answer, Hello } from "../contract.ts";
import { envelope, type ClientInfo } from "../envelope.ts";
import { identityOf, objectOf } from "../hello.ts";

export const DISCOVER = "server/discover";

export function discoverParams(
  info: ClientInfo,
  version: string = LATEST_MODERN,
): Record<string, unknown> {
  return envelope({}, { version, info, capabilities: {} });
}

export type Verdict =
  | { era: "modern"; hello: Hello }
  /** Modern, and named the version to ask again in. It may be the one just asked: ask once more, no oftener. */
  | { era: "modern"; retryVersion: string }
  | { era: "legacy" };

/**
 * basic/versioning, "Backward compatibility": a discover result or a modern error means modern, any other error
 * legacy. A server that lists only legacy versions serves those.
 */
export function judge(answer: Answer, asked: string): Verdict {
  if (answer.kind === "error") return judgeError(answer.error);
  const result = objectOf(answer.result);
  const supported = strings(result["supportedVersions"]);
  // Servers that answer any method with an empty object are not modern.
  if (supported.length === 0) return { era: "legacy" };
  const version = supported.includes(asked) ? asked : supported.find(isSupportedModern);
  if (version === undefined) return { era: "legacy" };
  const meta = isRecord(result["_meta"]) ? result["_meta"] : {};
  const identity = identityOf(result, meta[META.serverInfo] ?? result["serverInfo"]);
  return { era: "modern", hello: { era: "modern", protocolVersion: version, ...identity } };
}

function judgeError(error: WireError): Verdict {
  if (!isModernError(error)) return { era: "legacy" };
  if (error.code === WIRE.unsupportedVersion && isRecord(error.data)) {
    const supported = strings(error.data["supported"]);
    const version = supported.find(isSupportedModern);
    return version === undefined ? { era: "legacy" } : { era: "modern", retryVersion: version };
  }
  throw new FlotillaError(
    "drone_protocol",
    `The worker refused discovery: ${error.message.slice(0, 300)}`,
    {
      data: { code: error.code },
    },
  );
}

function isModernError(error: WireError): boolean {
  return (
    error.code === WIRE.unsupportedVersion ||
    error.code === WIRE.headerMismatch ||
    error.code === WIRE.missingCapability
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
