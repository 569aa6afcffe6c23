/** What a client and a worker may do together, how it is asked for, and how the answer is judged. */

export const FEATURES = [
  "list",
  "call",
  "structured",
  "error",
  "progress",
  "cancel",
  "read",
  "subscribe",
  "log",
  "elicit",
  "sample",
] as const;
export type Feature = (typeof FEATURES)[number];

/** One thing a client program does; the same words in every language (`test/peers/interop`, `test/peers/go`). */
export interface Step {
  kind: "list" | "call" | "progress" | "cancel" | "read" | "subscribe" | "log";
  name?: string;
  args?: Record<string, unknown>;
  uri?: string;
  trigger?: { kind: "call"; name: string; args?: Record<string, unknown> };
}

export type Plan = Partial<Record<Feature, Step>>;
export type Outcome = { ok: unknown } | { error: string };
export type Outcomes = Partial<Record<Feature, Outcome>>;

/** Far below how long the step would go on, far above what an abort needs on a busy machine. */
const CANCEL_MS = 5_000;

interface ToolAnswer {
  content?: { type: string; text?: string }[];
  structuredContent?: unknown;
  isError?: boolean;
}

/** Undefined when it is as it should be, else what is wrong with it. */
export function judge(
  feature: Feature,
  outcome: Outcome | undefined,
  said: RegExp,
): string | undefined {
  if (outcome === undefined) return "the client said nothing about it";
  if ("error" in outcome) return outcome.error;
  const { ok } = outcome;
  switch (feature) {
    case "list":
      return Array.isArray(ok) && ok.some((name) => said.test(String(name))) ? undefined : show(ok);
    case "progress":
      return typeof ok === "number" && ok > 0 ? undefined : "no progress was heard";
    case "cancel": {
      const { cancelled, ms } = ok as { cancelled: boolean; ms: number };
      return cancelled && ms < CANCEL_MS ? undefined : show(ok);
    }
    case "read":
      return said.test(JSON.stringify(ok)) ? undefined : show(ok);
    case "subscribe":
    case "log":
      return ok === undefined || ok === false ? "nothing was heard" : undefined;
    case "structured":
      return said.test(JSON.stringify((ok as ToolAnswer).structuredContent ?? null))
        ? undefined
        : show(ok);
    default:
      return judgeText(feature, ok as ToolAnswer, said);
  }
}

function judgeText(feature: Feature, answer: ToolAnswer, said: RegExp): string | undefined {
  const text = (answer.content ?? []).map((block) => block.text ?? "").join("\n");
  const isError = answer.isError === true;
  return isError === (feature === "error") && said.test(text) ? undefined : show(answer);
}

const show = (value: unknown): string =>
  `unexpected: ${(JSON.stringify(value) ?? "").slice(0, 200)}`;
