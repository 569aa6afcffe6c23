/** What the API server refuses, as one of the four decisions. https://kubernetes.io/docs/reference/using-api/api-concepts */
import type { FlotillaError } from "../../../protocol/errors.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { denied, noCapacity, notReady, unknownFailure } from "../../decisions.ts";

export interface Refusal {
  status: number;
  /** A `Status` object, or whatever came instead. */
  body: unknown;
  retryAfterMs?: number | undefined;
}

/** What was asked for, in the API's words: `patch deployments`, and where. */
export interface Asked {
  what: string;
  namespace: string;
}

/** The server's sentence may quote what was sent, so it goes to `cause` alone. */
export function decisionOf({ status, body, retryAfterMs }: Refusal, asked: Asked): FlotillaError {
  const said = saidBy(body);
  const cause = new Error(said === "" ? `status ${status}` : said);
  const details = { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  if (status === 403 && /exceeded quota|maximum .* usage per/i.test(said))
    return noCapacity("The namespace's quota has no room for this.", details);
  const refused = refusals[status];
  if (refused !== undefined) return refused(asked, details);
  if (status >= 400 && status < 500)
    return denied("Kubernetes refuses this request.", { ...details, hint: LOG_HINT });
  return unknownFailure("Kubernetes failed.", details);
}

interface Details {
  cause: Error;
  retryAfterMs?: number;
}

const LOG_HINT = "See the log for its reason.";

const refusals: Record<number, (asked: Asked, details: Details) => FlotillaError> = {
  401: (_asked, details) =>
    denied("Kubernetes does not know who is asking.", {
      ...details,
      hint: "Renew the credentials of this context, or name another one.",
    }),
  403: ({ what, namespace }, details) =>
    denied(`Kubernetes does not allow to ${what} in namespace "${namespace}".`, {
      ...details,
      hint: "Give this identity the Role of the launchers' README.",
    }),
  404: ({ namespace }, details) =>
    denied(`There is no namespace "${namespace}", or it lacks a kind of object.`, {
      ...details,
      hint: "Make the namespace, or name another one.",
    }),
  409: (_asked, details) => notReady("Kubernetes changed this at the same moment.", details),
  422: (_asked, details) =>
    denied("Kubernetes finds the drone's description invalid.", { ...details, hint: LOG_HINT }),
  429: (_asked, details) => notReady("Kubernetes asks to wait.", details),
  503: (_asked, details) => notReady("Kubernetes is not available.", details),
  504: (_asked, details) => notReady("Kubernetes took too long.", details),
};

/** `Retry-After` in milliseconds; a date is not used by Kubernetes. */
export function retryAfterOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,5}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function saidBy(body: unknown): string {
  return isRecord(body) && typeof body["message"] === "string" ? body["message"] : "";
}
