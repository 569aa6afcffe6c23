/** What a legacy client declared at `initialize`, in the modern form that the inside speaks. */
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { TASKS_EXTENSION } from "../../../protocol/meta.ts";

/** Versions are dates, so text order is time order. */
const ELICITATION_SINCE = "2025-06-18";
const DETAILS_SINCE = "2025-11-25";

/**
 * Only what the negotiated version has counts: a client of 2025-06-18 knows forms and no pages, whatever it says.
 * `roots.listChanged` and `tasks` mean something else or nothing in the modern era.
 */
export function innerCapabilities(
  version: string,
  declared: Record<string, unknown>,
): Record<string, unknown> {
  const { elicitation, sampling, roots, tasks: _, extensions, ...others } = declared;
  const hasDetails = version >= DETAILS_SINCE;
  return {
    ...others,
    ...(isRecord(extensions) ? { extensions: withoutTasks(extensions) } : {}),
    ...(isRecord(elicitation) && version >= ELICITATION_SINCE
      ? { elicitation: hasDetails ? formsUnlessSaid(elicitation) : { form: {} } }
      : {}),
    ...(isRecord(sampling) ? { sampling: hasDetails ? sampling : {} } : {}),
    ...(isRecord(roots) ? { roots: {} } : {}),
  };
}

/** "An empty object means forms" (2025-11-25 client/elicitation, capabilities). */
function formsUnlessSaid(elicitation: Record<string, unknown>): Record<string, unknown> {
  return isRecord(elicitation["form"]) || isRecord(elicitation["url"])
    ? elicitation
    : { ...elicitation, form: {} };
}

/** Tasks of this era and the modern extension of that name differ on the wire. */
function withoutTasks(extensions: Record<string, unknown>): Record<string, unknown> {
  const { [TASKS_EXTENSION]: _, ...others } = extensions;
  return others;
}
