import type { Endpoint } from "../../call.ts";
import { endpointKey } from "../route.ts";
import type { Session } from "./session.ts";

/** Where a session is asked for: it is known nowhere but where it was opened. */
export interface SessionPlace {
  /** Undefined where the id alone names the place (2024-11-05 messages). */
  endpoint: Endpoint | undefined;
  transport: Session["transport"];
}

export const belongs = (session: Session, { endpoint, transport }: SessionPlace): boolean =>
  session.transport === transport &&
  (endpoint === undefined || endpointKey(endpoint) === endpointKey(session.endpoint));
