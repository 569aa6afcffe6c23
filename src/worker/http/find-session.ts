import { HEADER, isModern, isSupportedLegacy } from "../../protocol/index.ts";
import { invalid } from "./answers.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import type { HttpParts } from "./parts.ts";
import { sessionless } from "./sessions.ts";
import type { HttpSession } from "./sessions.ts";

/** The session that a request belongs to, an answer when it claims one in vain, or undefined for the modern era. */
export function sessionOf(
  { sessions }: HttpParts,
  ask: HttpAsk,
): HttpSession | HttpAnswer | undefined {
  const version = ask.header(HEADER.protocolVersion)?.trim();
  // Modern clients may carry a session id of some other server along; it means nothing.
  if (version !== undefined && isModern(version)) return undefined;
  const id = ask.header(HEADER.sessionId);
  if (version !== undefined && !isSupportedLegacy(version)) {
    return id === undefined
      ? undefined
      : invalid(400, `MCP-Protocol-Version ${version.slice(0, 32)} is not spoken here.`);
  }
  if (id !== undefined) {
    return sessions.read(id) ?? invalid(404, "The session is not one of ours. Send initialize.");
  }
  return version === undefined ? undefined : sessionless(version);
}
