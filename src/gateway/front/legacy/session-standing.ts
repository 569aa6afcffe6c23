/** What a client may have missed when its standing stream begins at this gateway. */
import { encodeNotification, isRecord } from "../../../protocol/jsonrpc.ts";
import type { FrontDeps } from "../deps.ts";
import type { Session } from "./session.ts";

const LISTS = ["tools", "prompts", "resources"] as const;

/**
 * Changes are levels, not events: to be told once too often costs a client one look, to be told once too seldom leaves
 * it wrong for good. Lists only when it comes from another gateway's stream; before its first stream it was told of none.
 */
export async function catchUp(deps: FrontDeps, session: Session, isResume: boolean): Promise<void> {
  for (const uri of session.subscriptions.uris) {
    session.streams.push(encodeNotification("notifications/resources/updated", { uri }));
  }
  if (!isResume) return;
  const capabilities = await capabilitiesOf(deps, session);
  for (const list of LISTS) {
    const offered = capabilities[list];
    if (!isRecord(offered) || offered["listChanged"] !== true) continue;
    session.streams.push(encodeNotification(`notifications/${list}/list_changed`, {}));
  }
}

/** From the catalogue: asks no worker. */
async function capabilitiesOf(
  { router, newId }: FrontDeps,
  { endpoint, client }: Session,
): Promise<Record<string, unknown>> {
  const outcome = await router.handle({
    callId: newId("call"),
    method: "server/discover",
    params: {},
    endpoint,
    client,
    wantsProgress: false,
    signal: new AbortController().signal,
    notify: () => {},
  });
  if (outcome.kind !== "result") return {};
  const result: unknown = JSON.parse(outcome.result.text);
  const capabilities = isRecord(result) ? result["capabilities"] : undefined;
  return isRecord(capabilities) ? capabilities : {};
}
