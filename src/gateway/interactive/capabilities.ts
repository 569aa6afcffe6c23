/**
 * What a client must have declared before a worker may ask it something (2026-07-28 basic/patterns/mrtr: only
 * capabilities declared on that very request). The inner form is the modern one; legacy declarations are brought to it.
 */
import { isRecord } from "../../protocol/jsonrpc.ts";

/** One thing a client can be asked; a dot means a sub-capability. */
export type Need = "elicitation.form" | "elicitation.url" | "sampling" | "sampling.tools" | "roots";

/** In the order of every list made of them, so that equal sets have equal names. */
const NEEDS: readonly Need[] = [
  "elicitation.form",
  "elicitation.url",
  "sampling",
  "sampling.tools",
  "roots",
];

/** What a question needs; undefined for a method that is none. */
export function neededBy(method: string, params: Record<string, unknown>): Need | undefined {
  switch (method) {
    case "elicitation/create":
      return params["mode"] === "url" ? "elicitation.url" : "elicitation.form";
    case "sampling/createMessage":
      return params["tools"] === undefined && params["toolChoice"] === undefined
        ? "sampling"
        : "sampling.tools";
    case "roots/list":
      return "roots";
    default:
      return undefined;
  }
}

/** An empty `elicitation` means forms: it is how clients declared them before there was anything else (2025-11-25). */
export function declares(capabilities: Record<string, unknown>, need: Need): boolean {
  const { elicitation, sampling, roots } = capabilities;
  switch (need) {
    case "elicitation.form":
      return (
        isRecord(elicitation) && (isRecord(elicitation["form"]) || !isRecord(elicitation["url"]))
      );
    case "elicitation.url":
      return isRecord(elicitation) && isRecord(elicitation["url"]);
    case "sampling":
      return isRecord(sampling);
    case "sampling.tools":
      return isRecord(sampling) && isRecord(sampling["tools"]);
    default:
      return isRecord(roots);
  }
}

/** The needs a client can meet, in a fixed order. */
export function declaredNeeds(capabilities: Record<string, unknown>): Need[] {
  return NEEDS.filter((need) => declares(capabilities, need));
}

/** A `ClientCapabilities` object that declares exactly these. */
export function capabilitiesOf(needs: readonly Need[]): Record<string, Record<string, object>> {
  const all: Record<string, Record<string, object>> = {};
  for (const need of needs) {
    const [capability = need, part] = need.split(".");
    const entry = (all[capability] ??= {});
    if (part !== undefined) entry[part] = {};
  }
  return all;
}

/** Everything there is to ask. Declared where a worker must be told before its client is known. */
export function allCapabilities(): Record<string, Record<string, object>> {
  return capabilitiesOf(NEEDS);
}
