/** What the pieces of the HTTP core share. */
import type { HostPolicy } from "../../security/index.ts";
import type { AskDesk } from "../asking/ask-desk.ts";
import type { Runtime, RuntimeOptions } from "../runtime.ts";
import type { Sessions } from "./sessions.ts";

export interface HttpOptions extends RuntimeOptions {
  /** Which `Host` and `Origin` are answered to. */
  policy: HostPolicy;
  /** Of one request's body. */
  maxBodyBytes: number;
  /** Running at a time; more are told to come back. */
  maxCalls: number;
  /** Whether an answer may be an event stream here. Without it there is no progress, and nothing can be listened to. */
  events: boolean;
  /**
   * Whether a client's answer to a question finds the process that asked. True where one process serves the address;
   * modern clients need nothing of the kind.
   */
  asksSessions: boolean;
}

export interface HttpParts {
  runtime: Runtime;
  options: HttpOptions;
  sessions: Sessions;
  asks: AskDesk;
  /** Ends one listen stream each. */
  listening: Set<() => void>;
  load: { running: number };
}
